"""What the forkserver does last, before it forks simulator processes, so that they share its memory.

What their first run would build is built here, once. It is frozen: the collector writes into every object
that it looks at, which copies its page. A simulator process then has 13 MB of its own instead of 40.
"""

from app.circuits import runner

runner.warm_up_before_fork()
