"""The queue on salabim: a component per customer, which asks for a Resource and gives up after its patience."""

import random

import salabim

from queue_run import Queue, report

queue = Queue.from_arguments()
exponential = random.Random(queue.seed).expovariate
salabim.yieldless(False)  # generators need no further package
env = salabim.Environment(trace=False)
servers = salabim.Resource("servers", queue.servers, monitor=False)
waited = 0.0


class Customer(salabim.Component):
    def process(self):
        global waited
        since = env.now()
        if queue.is_impatient:
            yield self.request(servers, fail_delay=exponential(1.0 / queue.patience))
        else:
            yield self.request(servers)
        waited += env.now() - since
        if not self.failed():
            yield self.hold(exponential(1.0))
            self.release(servers)


class Arrivals(salabim.Component):
    def process(self):
        for _ in range(queue.customers):
            yield self.hold(exponential(queue.rate))
            Customer()


def simulate():
    Arrivals()
    env.run()
    return waited / queue.customers


report("salabim", queue, simulate)
