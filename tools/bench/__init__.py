"""``lianban bench``: measuring what the engine, a completion over HTTP and a large city cost.

Nothing is imported here: the stand-in of ``stock_way`` runs without the engine in its process.
"""
