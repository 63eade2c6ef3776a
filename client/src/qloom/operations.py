"""Methods of resources: one definition serves ``Qloom`` and ``AsyncQloom``, whose methods are awaited."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from functools import update_wrapper, wraps
from inspect import signature
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeAlias, TypeVar, get_args, overload

from qloom.calls import Call, Flow

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list.

    Attributes:
        items: what is on this page.
        total: how many there are in all; ``None`` if the page was asked by a cursor.
        total_is_estimate: whether the total is PostgreSQL's estimate.
        next_cursor: the cursor of the next page; ``None`` on the last page.
    """

    items: list[T]
    total: int | None = None
    total_is_estimate: bool = False
    next_cursor: str | None = None

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)


class Sync(Protocol):
    """Carries calls out and returns their results."""

    url: str

    def carry_out(self, work: Call[T] | Flow[T]) -> T: ...
    def pages(self, page: "PageCall[T]") -> Iterator[T]: ...


class Async(Protocol):
    """Carries calls out for callers that await them."""

    url: str

    async def carry_out(self, work: Call[T] | Flow[T]) -> T: ...
    def pages(self, page: "PageCall[T]") -> AsyncIterator[T]: ...


PageCall: TypeAlias = Callable[[str | None], Call[Page[T]]]
"""Builds the call of the page at a cursor; ``None``: the first page."""

D = TypeVar("D", Sync, Async)


class Resource(Generic[D]):
    """A part of the API; ``driver`` carries its calls out."""

    def __init__(self, driver: D) -> None:
        self._driver: D = driver

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._driver.url}>"


class _Method:
    """A descriptor that passes the result of ``build`` to a method of the driver."""

    carrier = "carry_out"

    def __init__(self, build: Callable[..., Any]) -> None:
        self.build = build
        update_wrapper(self, build)  # help() of a resource shows its methods by these names
        found = signature(build)
        # help() shows no ``self``, and the result of a call: the last argument of Call[T] or of a generator
        returns = get_args(found.return_annotation)[-1]
        self.__signature__ = found.replace(
            parameters=list(found.parameters.values())[1:], return_annotation=returns
        )

    def __call__(self, instance: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Carry out the method of ``instance``, as functions of classes do."""
        return self.bind(instance)(*args, **kwargs)

    def bind(self, instance: Any) -> Any:
        if instance is None:
            return self
        carry_out = getattr(instance._driver, self.carrier)

        @wraps(self.build)
        def method(*args: Any, **kwargs: Any) -> Any:
            return carry_out(self.build(instance, *args, **kwargs))

        method.__signature__ = self.__signature__  # type: ignore[attr-defined]
        return method


class operation(_Method, Generic[P, T]):  # a decorator
    """Turns a function that builds a call or a flow into a method."""

    def __init__(self, build: Callable[Concatenate[Any, P], Call[T] | Flow[T]]) -> None:
        super().__init__(build)

    @overload
    def __get__(self, instance: Resource[Sync], owner: Any = None) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, instance: Resource[Async], owner: Any = None
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, instance: None, owner: Any = None) -> "operation[P, T]": ...
    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self.bind(instance)


class listing(_Method, Generic[P, T]):  # a decorator
    """Turns a function that builds the call of a page into a method that iterates over all items."""

    carrier = "pages"

    def __init__(self, build: Callable[Concatenate[Any, P], PageCall[T]]) -> None:
        super().__init__(build)
        page = get_args(self.__signature__.return_annotation)[0]
        items = Iterator[get_args(page)[0]]  # type: ignore[misc, valid-type]
        self.__signature__ = self.__signature__.replace(return_annotation=items)

    @overload
    def __get__(self, instance: Resource[Sync], owner: Any = None) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, instance: Resource[Async], owner: Any = None) -> Callable[P, AsyncIterator[T]]: ...
    @overload
    def __get__(self, instance: None, owner: Any = None) -> "listing[P, T]": ...
    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self.bind(instance)
