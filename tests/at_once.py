"""Acts that happen at the same moment, as when many people press a button or several suppliers deliver: threads that start together."""

import threading
from collections.abc import Callable, Sequence


def at_once(acts: Sequence[Callable[[], None]]) -> list[BaseException]:
    """Runs them in threads that start together; returns what they raised."""
    barrier = threading.Barrier(len(acts))
    raised: list[BaseException] = []

    def run(act: Callable[[], None]) -> None:
        barrier.wait()
        try:
            act()
        except BaseException as error:  # noqa: BLE001
            raised.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def all_at_once(number: int, act: Callable[[int], None]) -> list[BaseException]:
    """`act(0)` … `act(number − 1)` at once; returns what they raised."""

    def place(which: int) -> Callable[[], None]:
        return lambda: act(which)

    return at_once([place(which) for which in range(number)])
