"""The M/M/c queue of engine/amqp/station_test.go in SimPy, as its documentation builds one.

mmc.py SERVERS MEAN_BETWEEN MEAN_SERVICE CUSTOMERS prints the processor time of
the run in seconds, without the start of Python, and the mean time in line.
"""
import random
import sys
import time

import simpy


def customer(env, desk, service, waits):
    came = env.now
    with desk.request() as turn:
        yield turn
        waits.append(env.now - came)
        yield env.timeout(random.expovariate(1.0 / service))


def source(env, desk, between, service, customers, waits):
    for _ in range(customers):
        yield env.timeout(random.expovariate(1.0 / between))
        env.process(customer(env, desk, service, waits))


def main(servers, between, service, customers):
    random.seed(1)
    waits = []
    env = simpy.Environment()
    desk = simpy.Resource(env, capacity=servers)
    env.process(source(env, desk, between, service, customers, waits))
    began = time.process_time()
    env.run()
    print(time.process_time() - began, sum(waits) / len(waits))


main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
