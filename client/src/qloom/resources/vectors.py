"""Vectors: store, read, change, delete and search them."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from qloom.calls import Call, Flow, Repeat, as_type, delete, get, given, path, query, send_json, texts
from qloom.filters import FilterLike, filter_document
from qloom.models.jobs import Job
from qloom.models.queries import QueryAnswer
from qloom.models.vectors import (
    BatchResult,
    DeletedVector,
    DeletedVectors,
    ImportResult,
    InsertedVector,
    UpdatedVector,
    Vector,
)
from qloom.operations import D, Page, PageCall, Resource, listing, operation
from qloom.progress import Progress
from qloom.resources import files
from qloom.resources.batches import (
    Contexts,
    VectorLike,
    contexts_document,
    insert_batches,
    rows,
    vector_document,
)
from qloom.resources.queries import Mode, query_batches, query_call, query_document
from qloom.resources.selections import clear_store, delete_all, page_of_vectors, read_all

Ids: TypeAlias = Sequence[str]
Answers: TypeAlias = list[QueryAnswer]


class Vectors(Resource[D]):
    """The vector store. All vectors have the same dimension, which the first one sets."""

    @operation
    def insert(
        self,
        id: str,
        vector: VectorLike,
        *,
        contexts: Contexts | None = None,
        coherence_time_ms: float | None = None,
        metadata: Mapping[str, Any] | None = None,
        upsert: bool = False,
        idempotency_key: str | None = None,
    ) -> Call[InsertedVector]:
        """Store a vector.

        Args:
            vector: shape (dimension,).
            contexts: ``[("technical", 0.7), ("general", 0.3)]`` or a dict; only the ratios of weights matter.
            coherence_time_ms: how long its state stays coherent after the last write; ``None``: without end.
            upsert: replace the vector if it exists; otherwise that is an error (409).
        """
        body = vector_document(id, vector, contexts, coherence_time_ms, metadata)
        reader, key, params = as_type(InsertedVector), idempotency_key, query(upsert=upsert or None)
        return send_json("POST", "/v2/vectors", reader, body, repeat=Repeat.KEYED, key=key, params=params)

    @operation
    def insert_batch(
        self,
        vectors: Iterable[Mapping[str, Any]],
        *,
        upsert: bool = False,
        transaction: bool = True,
        progress: Progress = False,
    ) -> Flow[BatchResult]:
        """Store any number of vectors, in as many requests as the server's limits need.

        Args:
            vectors: dicts with ``id`` and ``vector``, and what ``insert`` takes beside them.
            transaction: ``True``: each request is all or nothing; ``False``: correct vectors are stored, and
                ``results`` has the result of each vector of the requests in which some were not.
            progress: ``True`` for a bar; or a function that is called with the number done and the total.

        Raises:
            InvalidInputError: a vector is wrong; a note says how many of earlier requests are stored.
        """
        return insert_batches(vectors, upsert=upsert, transaction=transaction, progress=progress)

    @operation
    def insert_array(
        self,
        array: Any,
        *,
        ids: Ids | None = None,
        metadata: Sequence[Mapping[str, Any]] | None = None,
        id_prefix: str = "",
        upsert: bool = False,
        progress: Progress = False,
    ) -> Flow[BatchResult]:
        """Store the rows of an array of shape (vectors, dimension).

        Args:
            ids: one for each row; without them ``id_prefix`` and the number of the row, from 0.
            metadata: one for each row.
        """
        vectors = list(rows(array, ids, metadata, id_prefix))
        return insert_batches(vectors, upsert=upsert, transaction=True, progress=progress)

    @operation
    def get(self, id: str, *, include_vector: bool = True) -> Call[Vector]:
        """Read one vector."""
        return get(path("v2", "vectors", id), Vector, include_vector=include_vector)

    @operation
    def read(self, ids: Ids, *, include_vector: bool = True) -> Flow[list[Vector]]:
        """Read any number of vectors by their ids, each once; those that are missing are left out."""
        return read_all(texts("ids", ids), include_vector)

    @operation
    def list(
        self,
        *,
        filter: FilterLike | None = None,
        context: str | None = None,
        include_vector: bool = True,
        size: int = 50,
        page: int | None = None,
        cursor: str | None = None,
    ) -> Call[Page[Vector]]:
        """List vectors in the order of their ids, one page; ``all`` iterates over all pages."""
        return page_of_vectors(
            filter=filter_document(filter),
            context=context,
            include_vector=include_vector,
            size=size,
            page=page,
            cursor=cursor,
        )

    @listing
    def all(
        self, *, filter: FilterLike | None = None, context: str | None = None, include_vector: bool = True
    ) -> PageCall[Vector]:
        """Iterate over all vectors, or those that a filter selects, in the order of their ids."""
        chosen = filter_document(filter)
        return lambda cursor: page_of_vectors(
            filter=chosen, context=context, include_vector=include_vector, size=200, cursor=cursor
        )

    @operation
    def update(
        self,
        /,
        id: str,
        vector: VectorLike | None = None,
        *,
        contexts: Contexts | None = None,
        metadata: Mapping[str, Any] | None = None,
        replace_metadata: bool = False,
        **coherence: float | None,
    ) -> Call[UpdatedVector]:
        """Change the given parts of a vector. Its entangled partners move, and its coherence begins anew.

        Args:
            metadata: merged with the stored ones, unless ``replace_metadata``.
            coherence: ``coherence_time_ms=…``; ``None`` there means without end.
        """
        if set(coherence) - {"coherence_time_ms"}:
            raise TypeError(
                f"update() has no argument {next(iter(set(coherence) - {'coherence_time_ms'}))!r}"
            )
        body = given({"vector": vector, "contexts": contexts_document(contexts), "metadata": metadata})
        params = query(metadata="replace" if replace_metadata else None)
        where, reader = path("v2", "vectors", id), as_type(UpdatedVector)
        return send_json("PUT", where, reader, {**body, **coherence}, params=params, keep_null=True)

    @operation
    def delete(self, id: str) -> Call[DeletedVector]:
        """Delete a vector with its state, and take it out of its entangled groups."""
        return delete(path("v2", "vectors", id), as_type(DeletedVector))

    @operation
    def delete_many(
        self, ids: Ids | None = None, *, filter: FilterLike | None = None
    ) -> Flow[DeletedVectors]:
        """Delete vectors by their ids or by a filter, any number of them."""
        return delete_all(texts("ids", ids) if ids is not None else None, filter_document(filter))

    @operation
    def clear(self) -> Flow[int]:
        """Delete every vector, and return how many there were. Needs an administrator's key."""
        return clear_store()

    @operation
    def query(
        self,
        vector: VectorLike | None = None,
        *,
        id: str | None = None,
        context: str | None = None,
        mode: Mode | None = None,
        enable_tunneling: bool | None = None,
        top_k: int | None = None,
        filters: FilterLike | None = None,
        include_vector: bool | None = None,
        shots: int | None = None,
        seed: int | None = None,
        explain: bool | None = None,
        require_quantum: bool | None = None,
        use_cache: bool | None = None,
        timeout_ms: int | None = None,
    ) -> Call[QueryAnswer]:
        """Find the stored vectors that are most similar to one; iterate over the answer for its results.

        Args:
            vector: shape (dimension,); or ``id`` of a stored vector.
            context: the states of candidates are projected on it, and a circuit scores them.
            mode: ``precise``: exact; ``balanced``: by the index; ``exploratory``: a wider pool.
            enable_tunneling: rank by a quantum walk among the candidates.
            filters: ``F("year") >= 2020``, or a dict.
            shots: estimate the scores from so many shots; without, probabilities are exact.
            require_quantum: an error (503) unless a circuit scored at least one result.
            timeout_ms: milliseconds of the whole query; after them, the answer is the classical ranking.
        """
        return query_call(
            query_document(
                vector,
                id=id,
                context=context,
                mode=mode,
                enable_tunneling=enable_tunneling,
                top_k=top_k,
                filters=filters,
                include_vector=include_vector,
                shots=shots,
                seed=seed,
                explain=explain,
                require_quantum=require_quantum,
                use_cache=use_cache,
                timeout_ms=timeout_ms,
            )
        )

    @operation
    def query_batch(self, queries: Iterable[Mapping[str, Any]]) -> Flow[Answers]:
        """Answer any number of queries; each is a dict of the arguments of ``query``."""
        return query_batches(queries)

    @operation
    def import_file(
        self,
        source: files.Source,
        *,
        rows: Iterable[Mapping[str, Any]] | None = None,
        upsert: bool = False,
        on_error: Literal["stop", "skip"] = "stop",
        id_prefix: str | None = None,
        timeout: float | None = None,
        progress: Progress = False,
    ) -> Flow[ImportResult]:
        """Store any number of vectors from a file, as a job, and wait for its end.

        Args:
            source: a path (.ndjson, .jsonl, .npy), dicts, or an array of shape (vectors, dimension).
            rows: a dict for each row of an array: ``id``, and what ``insert`` takes beside the vector.
            on_error: ``stop``: the import fails at the first bad line; ``skip``: bad lines are counted.
            id_prefix: the beginning of the ids of an array's rows: PREFIX0, PREFIX1 and so on.

        Raises:
            ConnectionLostError: it is not known whether the file arrived; ``jobs.list`` shows it.
        """
        call = files.import_call(source, rows, upsert=upsert, on_error=on_error, id_prefix=id_prefix)
        return files.import_and_wait(call, timeout, progress)

    @operation
    def submit_import(
        self,
        source: files.Source,
        *,
        rows: Iterable[Mapping[str, Any]] | None = None,
        upsert: bool = False,
        on_error: Literal["stop", "skip"] = "stop",
        id_prefix: str | None = None,
    ) -> Call[Job]:
        """Start an import without waiting for its end; takes what ``import_file`` takes."""
        return files.import_call(source, rows, upsert=upsert, on_error=on_error, id_prefix=id_prefix)

    @operation
    def export_file(
        self,
        target: str | Path,
        *,
        filter: FilterLike | None = None,
        context: str | None = None,
        include_vector: bool = True,
        progress: Progress = False,
    ) -> Flow[int]:
        """Write vectors to a file as lines of JSON that ``import_file`` takes; return how many.

        The file appears when it is complete: a connection that breaks leaves no half of it.
        """
        return files.export(target, filter, context, include_vector, progress)
