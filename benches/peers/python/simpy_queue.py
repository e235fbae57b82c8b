"""The queue on SimPy.

Without patience a process per server takes arrival times out of a Store; with patience a process per customer waits for its
Resource or its timeout, as SimPy's bank example does. Each is the faster way of the two on its queues.
"""

import random

import simpy

from queue_run import Queue, report

queue = Queue.from_arguments()
exponential = random.Random(queue.seed).expovariate


def by_servers():
    env = simpy.Environment()
    line = simpy.Store(env)
    waited = 0.0

    def arrivals():
        for _ in range(queue.customers):
            yield env.timeout(exponential(queue.rate))
            yield line.put(env.now)

    def server():
        nonlocal waited
        while True:
            since = yield line.get()
            waited += env.now - since
            yield env.timeout(exponential(1.0))

    env.process(arrivals())
    for _ in range(queue.servers):
        env.process(server())
    env.run()
    return waited / queue.customers


def by_customers():
    env = simpy.Environment()
    servers = simpy.Resource(env, queue.servers)
    waited = 0.0

    def customer():
        nonlocal waited
        since = env.now
        with servers.request() as request:
            yield request | env.timeout(exponential(1.0 / queue.patience))
            waited += env.now - since
            if request.triggered:
                yield env.timeout(exponential(1.0))

    def arrivals():
        for _ in range(queue.customers):
            yield env.timeout(exponential(queue.rate))
            env.process(customer())

    env.process(arrivals())
    env.run()
    return waited / queue.customers


report("simpy", queue, by_customers if queue.is_impatient else by_servers)
