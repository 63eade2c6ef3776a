"""The function of states that runs in a simulator process.

The worker imports this module to name the function; numpy and qiskit are loaded only where it runs.
"""

from app.circuits.spec import RunLimits
from app.circuits.states.questions import Asked, StoredRun
from app.simulators.process import with_plain_errors


@with_plain_errors
def answer(run: StoredRun, question: Asked, limits: RunLimits) -> bytes:
    """Return the answer as JSON; see :func:`app.circuits.states.answers.answer`."""
    from app.circuits.states import answers  # qiskit stays out of the worker process

    return answers.answer(run, question, limits)
