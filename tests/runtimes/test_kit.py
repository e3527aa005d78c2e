"""What adapters share, without a framework."""

import asyncio
from types import SimpleNamespace

import pytest

from harness.runtimes import kit
from harness.runtimes.base import RunFailed
from harness.runtimes.kit.workflows import NotSeriesParallel
from harness.runtimes.pydantic_ai.workflow import closes_early
from harness.workload.dag import Dag, Step, chain, diamond, fan, layered, unbalanced
from harness.workload.model import Model, RemoteModel
from harness.workload.script import Script, WrongPrompt


def test_a_conversation_has_its_place_in_the_script():
    assert kit.asked(Model(), ["request 1"], []) == ("request 1", 0)
    assert kit.asked(Model(), ["request 1"], ["value 0", "value 1"]) == ("request 1", 2)


def test_a_round_has_the_results_of_all_its_calls():
    model, results = Model(Script(tool_rounds=2, calls=2)), [f"value {i}" for i in range(4)]
    for right in (results, [results[1], results[0], *results[2:]]):  # in the order of their ends
        assert kit.asked(model, ["request 1"], right) == ("request 1", 2)
    for wrong in (results[:3], results[::-1]):
        with pytest.raises(WrongPrompt, match="the tool returned"):
            kit.asked(model, ["request 1"], wrong)


def test_an_earlier_conversation_must_be_there_whole():
    model = Model(Script(history=2))
    prompts, replies = (list(said) for said in zip(*model.script.exchanges, strict=True))
    assert kit.asked(model, [*prompts, "request 1"], [], replies) == ("request 1", 0)
    messages = [
        SimpleNamespace(role=role, content=text)
        for role, text in (*Chat(model).earlier, ("user", "request 1"))
    ]
    assert kit.place_of(model, messages) == ("request 1", 0)
    for said in (messages[4:], messages[2:], messages[:4], [*messages[2:4], *messages]):
        with pytest.raises(WrongPrompt, match=r"not the earlier|not one text prompt"):
            kit.place_of(model, said)


@pytest.mark.parametrize("prompts", [[], ["request 1", "request 2"], [None], [["request 1"]]])
def test_a_conversation_without_one_text_prompt_is_refused(prompts):
    with pytest.raises(WrongPrompt, match="not one text prompt"):
        kit.asked(Model(), prompts, [])


@pytest.mark.parametrize(
    "results", [["value 1"], ["value 0", "error"], [0], ["value 0", "value 0"]]
)
def test_tool_results_that_are_not_the_tools_are_refused(results):
    with pytest.raises(WrongPrompt, match="the tool returned"):
        kit.asked(Model(), ["request 1"], results)


class Chat(kit.ChatAgent):
    """A framework whose agent is the list of its tools."""

    def built(self, tools):
        return list(tools)

    def results(self, result):
        return result


def test_programs_of_threads_and_of_asyncio_each_have_their_tool():
    (plain,) = (agent := Chat(Model(Script(tool_rounds=1)))).plain
    (other,) = agent.asyncio
    assert plain(3) == asyncio.run(other(3)) == "value 3"
    assert plain.__name__ == other.__name__ == "lookup"
    slow = Chat(Model(Script(tool_rounds=1, tool_seconds=0.001)))
    assert slow.plain[0](3) == slow.asyncio[0](3) == "value 3"
    waiting = Chat(Model(Script(tool_rounds=1, atool_seconds=0.001)))
    assert asyncio.run(waiting.asyncio[0](3)) == "value 3"
    without = Chat(Model())
    assert without.plain is without.asyncio == []


def test_further_tools_have_names_of_their_own_and_are_not_called():
    agent = Chat(Model(Script(offered=3)))
    for tools in (agent.plain, agent.asyncio):
        assert [tool.__name__ for tool in tools] == ["lookup", "lookup_1", "lookup_2"]
    for call in (lambda: agent.plain[2](0), lambda: asyncio.run(agent.asyncio[2](0))):
        with pytest.raises(WrongPrompt, match="lookup_2 was called"):
            call()


def test_a_run_ends_with_a_text_and_over_http_with_the_tools_results():
    assert Chat(Model()).checked(None, "reply 1") == "reply 1"
    with pytest.raises(RunFailed, match="not with a text"):
        Chat(Model()).checked(None, 5)
    remote = Chat(RemoteModel(Script(tool_rounds=2), "http://127.0.0.1:9/v1"))
    assert remote.checked(["value 0", "value 1"], "reply 1") == "reply 1"
    with pytest.raises(RunFailed, match="the tool returned"):
        remote.checked(["value 0"], "reply 1")


def test_what_is_missing_is_a_reason():
    missing = pytest.raises(NotImplementedError, match="graphs: No module named 'nowhere'")
    with missing, kit.needing("no parallel graphs"):
        import nowhere  # noqa: F401


def test_a_step_without_its_inputs_is_a_failed_run():
    dag = chain(2)
    assert kit.step_prompt(dag, dag.steps[1], {"s0": "reply 0"}) == "request 1 after reply 0"
    with pytest.raises(RunFailed, match="'s1' ran without the output of 's0'"):
        kit.step_prompt(dag, dag.steps[1], {})


def drawn(dag):
    """Steps by name, series in brackets, blocks at once in parentheses."""

    def series(name, parts):
        return f"[{' '.join(parts)}]"

    def parallel(name, parts):
        return f"({' '.join(parts)})"

    return " ".join(kit.nested(dag, str, series, parallel))


def test_a_nesting_follows_the_needs_and_nothing_else():
    assert drawn(chain(3)) == "s0 s1 s2"
    assert drawn(fan(2)) == "start (m0 m1) end"
    assert drawn(diamond()) == "top (left right) bottom"
    assert drawn(layered(2, 2)) == "(l0n0 l0n1) (l1n0 l1n1)"
    assert drawn(unbalanced()) == "([a1 b1] [a2 b2])"
    assert drawn(Dag("one", (Step("only"),))) == "only"


def test_blocks_have_names_of_their_own():
    names = []
    kit.nested(
        unbalanced(), str, lambda name, _: names.append(name), lambda name, _: names.append(name)
    )
    assert names == ["series a1", "series a2", "parallel a1"]


def test_what_is_not_nested_is_refused():
    crossed = Step("a"), Step("b"), Step("c", ("a",)), Step("d", ("a", "b"))
    with pytest.raises(NotSeriesParallel, match="a, b, c, d"):
        drawn(Dag("N", crossed))
    with pytest.raises(ValueError, match="no steps"):
        drawn(Dag("empty", ()))


def test_which_dags_a_join_would_close_early():
    assert all(not closes_early(d) for d in (chain(), fan(), diamond(), layered(), unbalanced()))
    nested = Step("d", ("b", "c")), Step("e", ("a", "d"))
    steps = Step("a"), Step("b", ("a",)), Step("c", ("a",))
    assert "'e'" in closes_early(Dag("nested", (*steps, *nested)))
    behind_it = Step("e", ("d",)), Step("f", ("d",)), Step("g", ("e", "f"))
    assert not closes_early(Dag("in turn", (*steps, nested[0], *behind_it)))


def test_what_cannot_be_imported_is_said_without_the_place_on_this_machine():
    with pytest.raises(NotImplementedError) as raised, kit.needing("no graphs here"):
        from json import no_such_name  # noqa: F401
    assert str(raised.value) == "no graphs here: cannot import name 'no_such_name' from 'json'"
