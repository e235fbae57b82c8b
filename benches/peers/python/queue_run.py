"""What the programs share: the queue asked for, and the line that is printed.

Arguments: servers, arrivals per service time, mean patience or `inf`, customers, seed. Services are exponential with mean 1.
"""

import json
import math
import sys
import time
from dataclasses import dataclass
from importlib import metadata


@dataclass(frozen=True)
class Queue:
    servers: int
    rate: float
    patience: float
    customers: int
    seed: int

    @staticmethod
    def from_arguments():
        if len(sys.argv) != 6:
            raise SystemExit("usage: SERVERS RATE PATIENCE CUSTOMERS SEED")
        servers, rate, patience, customers, seed = sys.argv[1:]
        return Queue(int(servers), float(rate), float(patience), int(customers), int(seed))

    @property
    def is_impatient(self):
        return math.isfinite(self.patience)


def report(package, queue, simulate):
    """Runs `simulate`, which gives the mean wait of all, and prints its CPU seconds and the process's peak memory."""
    begin = time.process_time()
    mean_wait = simulate()
    cpu = time.process_time() - begin
    line = {
        "version": metadata.version(package),
        "customers": queue.customers,
        "cpu_s": cpu,
        "mean_wait": mean_wait,
        "peak_mib": peak_mib(),
    }
    print(json.dumps(line))


def peak_mib():
    """Peak of resident memory of this process; Linux only."""
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return None
