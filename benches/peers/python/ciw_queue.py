"""The queue on Ciw, which keeps a record of every visit; its waits are read from those records."""

import ciw

from queue_run import Queue, report

queue = Queue.from_arguments()


def simulate():
    ciw.seed(queue.seed)
    impatience = {}
    if queue.is_impatient:
        impatience["reneging_time_distributions"] = [ciw.dists.Exponential(1.0 / queue.patience)]
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(queue.rate)],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[queue.servers],
        **impatience,
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(queue.customers, method="Finish")
    records = simulation.get_all_records()
    return sum(record.waiting_time for record in records) / len(records)


report("ciw", queue, simulate)
