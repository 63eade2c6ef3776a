"""The notebook of the examples runs from its first cell to its last, and shows pictures."""

from pathlib import Path

import pytest
from qloom import Qloom

from tests.server import WAIT_SECONDS, Server

nbformat = pytest.importorskip("nbformat", reason="nbclient is not installed")
nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")

TOUR = Path(__file__).resolve().parent.parent / "examples" / "tour.ipynb"


@pytest.mark.filterwarnings("ignore")  # of Jupyter's own packages
def test_the_tour_runs(server: Server, store: Qloom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QLOOM_URL", server.url)
    monkeypatch.setenv("QLOOM_API_KEY", server.key)
    notebook = nbformat.read(TOUR, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "outputs are not kept in the repository"
    nbclient.NotebookClient(
        notebook,
        kernel_name="python3",
        startup_timeout=WAIT_SECONDS,
        timeout=WAIT_SECONDS,
        iopub_timeout=WAIT_SECONDS,  # by default outputs that come 4 s after their cell's end are left out
    ).execute()
    data = [each["data"] for cell in notebook.cells for each in cell.get("outputs", ()) if "data" in each]
    shown = [kind for each in data for kind in each]
    assert shown.count("image/svg+xml") == 2  # the diagram and the graph
    assert shown.count("text/html") == 2  # the execution and the comparison
    assert shown.count("image/png") == 1  # the plot
    texts = [each["text/plain"] for each in data]
    assert {"(41, 3)", "np.True_", "500"} <= set(texts)
