"""The queue on Cimba: models compiled by Numba that run on the C engine.

Without patience, as its own benchmark is written: arrivals put their time into a Store, a process per server takes it
out. With patience a spawned model per customer, which sets a timer and asks for a Resource.
"""

import cimba
import numpy
from cimba import inputs

from queue_run import Queue, report

queue = Queue.from_arguments()


class Servers(cimba.Model):
    left: cimba.Param[int] = 0
    gap: cimba.Input[float] = inputs.dist.exponential(mean=1.0 / queue.rate)
    service: cimba.Input[float] = inputs.dist.exponential(mean=1.0)
    line: cimba.Store[float]
    total: float = 0.0
    number: float = 0.0
    waited: cimba.Output[float]
    seen: cimba.Output[float]

    @cimba.process
    def arrivals(self):
        for _ in range(self.left):
            cimba.hold(self.gap.next())
            self.line.put(cimba.now())

    @cimba.process(copies=queue.servers)
    def server(self):
        while True:
            since = self.line.get()
            self.total += cimba.now() - since
            self.number += 1.0
            cimba.hold(self.service.next())

    @cimba.on_end
    def measure(self):
        self.waited = self.total
        self.seen = self.number


class Customer(cimba.Model):
    centre: cimba.Ref["Centre"]

    @cimba.process
    def visit(self):
        centre = self.centre
        since = cimba.now()
        me = cimba.this_process()
        me.timer_set(centre.patience.next(), -5)
        signal = centre.servers.acquire(1)
        centre.total += cimba.now() - since
        centre.number += 1.0
        if signal == 0:
            me.timers_clear()
            cimba.hold(centre.service.next())
            centre.servers.release(1)
        cimba.release(self)


class Centre(cimba.Model):
    left: cimba.Param[int] = 0
    gap: cimba.Input[float] = inputs.dist.exponential(mean=1.0 / queue.rate)
    service: cimba.Input[float] = inputs.dist.exponential(mean=1.0)
    patience: cimba.Input[float] = inputs.dist.exponential(mean=min(queue.patience, 1e9))
    servers: cimba.Resource = cimba.Resource(capacity=queue.servers)
    total: float = 0.0
    number: float = 0.0
    waited: cimba.Output[float]
    seen: cimba.Output[float]

    @cimba.process
    def arrivals(self):
        for _ in range(self.left):
            cimba.hold(self.gap.next())
            cimba.spawn(Customer, centre=self)

    @cimba.on_end
    def measure(self):
        self.waited = self.total
        self.seen = self.number


def run(customers):
    model = Centre() if queue.is_impatient else Servers()
    model.left = customers
    # Arrivals end by themselves; the window is only wide enough.
    until = 2.0 * customers / queue.rate + (20.0 * queue.patience if queue.is_impatient else 100.0)
    experiment = cimba.Experiment(model, replications=1, window=cimba.Window(duration=until), seed=queue.seed)
    results = experiment.run(workers=1)[model]
    seen = float(numpy.ravel(results.seen)[0])
    if seen != customers:
        raise SystemExit(f"{seen:.0f} of {customers} customers were seen")
    return float(numpy.ravel(results.waited)[0]) / seen


run(100)  # compiles the model
report("cimba", queue, lambda: run(queue.customers))
