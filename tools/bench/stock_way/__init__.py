"""A stand-in of the stock way: the library as it ships, a case kept as one row a task.

Spiff-Arena, which keeps cases so, cannot be installed where the bench runs. What its source shows
for one completion of a user task is done here, and never more, so what the bench finds is a lower
bound. It is no part of Spiff-Arena and holds none of it.

Done, in this order: token, person, groups, permissions; lock the case's place in the queue, commit;
read definitions, tasks and data, restore the tree, ask whose the task is, take the answers, commit;
complete the task, keep what changed, commit; run the automatic steps, look up and keep every task
that is not over (predicted ones too), make the next human task, commit; give the lock back, commit;
look up the next task of this person. Sessions flush and forget as SQLAlchemy has them by itself.

Left out: locking twice (for migrations of old cases, two commits more), reading the model's files
for metadata, writing the definition again at each save, data of the script environment, the second
decoding of the token, a third look-up of the human task, queries for no subprocesses, walks through
the tree for debug logs; and all around it: Flask and what it hangs on a request, validating that
against OpenAPI, Sentry, logs, timers of a job queue.

Different: the token is signed by itsdangerous and is no JWT. The driver is psycopg 3, which spends
more Python on a statement than psycopg2: less than a tenth of the time here is the driver's, and it
is the one place where the stand-in may take more.

Five commits against the house's one are the point of it: ``session.begin()`` ends each.
"""
