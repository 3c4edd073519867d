"""Consequences give way to commands, and have their turn all the same."""

import asyncio

from shared.kernel.precedence import Precedence, Turns

LONG = 600.0


async def started(precedence: Precedence) -> "asyncio.Task[bool]":
    """Somebody who waits for his turn, as far as he comes by himself."""
    waiting = asyncio.create_task(precedence.turn())
    for _ in range(5):
        await asyncio.sleep(0)
    return waiting


async def test_without_commands_it_is_everybodys_turn_at_once() -> None:
    assert (await started(Precedence())).done()


async def test_a_consequence_waits_until_the_last_of_several_commands_has_ended() -> None:
    precedence = Precedence(Turns(linger=0.001, patience=LONG, claim=LONG))
    with precedence.command():
        with precedence.command():
            waiting = await started(precedence)
        assert not (await started(precedence)).done()
    async with asyncio.timeout(30):
        assert await waiting is True


async def test_after_an_answer_the_next_command_goes_first() -> None:
    precedence = Precedence(Turns(linger=LONG, patience=LONG, claim=LONG))
    with precedence.command():
        pass
    waiting = await started(precedence)
    assert not waiting.done()
    waiting.cancel()


async def test_nobody_starves_behind_commands_that_never_end() -> None:
    precedence = Precedence(Turns(linger=LONG, patience=0.001, claim=LONG))
    with precedence.command():
        async with asyncio.timeout(30):
            assert await precedence.turn() is False


async def test_a_command_that_takes_long_stops_nobody() -> None:
    precedence = Precedence(Turns(linger=LONG, patience=LONG, claim=0.001))
    with precedence.command():
        await asyncio.sleep(0.01)
        assert (await started(precedence)).done()
