"""Several processes as one node (`[serve] workers`). Each contract has one worker, which alone counts it; nobody shares a lock.

All accept on one port. A call of another worker's contract is handed to it over a socket in the state folder and its answer
comes back the same way. The first worker speaks with the exchange for all. The process that was started only watches: a
worker that dies is started again.
"""
