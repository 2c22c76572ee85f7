"""The graph of prerequisites against networkx, and its faults."""

from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.course.errors import ContentError
from groundup.course.graph import Graph


@st.composite
def acyclic(draw) -> dict[str, list[str]]:
    """Needs of up to twelve concepts, in an order of writing that is not the order of learning."""
    size = draw(st.integers(2, 12))
    names = [f"c{i}" for i in range(size)]
    needs = {
        name: draw(st.lists(st.sampled_from(names[:i]), unique=True, max_size=4)) if i else []
        for i, name in enumerate(names)
    }
    order = draw(st.permutations(names))
    return {name: needs[name] for name in order}


def as_networkx(needs: dict[str, list[str]]) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(needs)
    graph.add_edges_from((need, id) for id, named in needs.items() for need in named)
    return graph


@given(acyclic())
def test_agrees_with_networkx(needs):
    graph, oracle = Graph(needs, alone=needs), as_networkx(needs)
    assert set(graph.reduced_edges()) == set(nx.transitive_reduction(oracle).edges)
    place = {id: i for i, id in enumerate(graph.order())}
    assert sorted(place) == sorted(needs)
    for id in needs:
        assert set(graph.leads_to(id)) == set(oracle.successors(id))
        assert set(graph.missing(id)) == nx.ancestors(oracle, id)
        assert all(place[need] < place[id] for need in graph.requires(id))


@given(acyclic(), st.data())
def test_missing_is_in_learning_order_and_stops_at_what_is_done(needs, data):
    graph, oracle = Graph(needs, alone=needs), as_networkx(needs)
    id = data.draw(st.sampled_from(sorted(needs)))
    done = data.draw(st.sets(st.sampled_from(sorted(needs))))
    missing = graph.missing(id, done)
    place = graph.order().index
    assert list(missing) == sorted(missing, key=place)
    open_ = oracle.subgraph(set(needs) - (done - {id}))
    assert set(missing) == nx.ancestors(open_, id) - done


def test_ties_follow_the_order_of_writing():
    assert Graph({"z": [], "a": [], "m": ["a", "z"]}).order() == ("z", "a", "m")


def test_a_cycle_is_shown_whole():
    needs = {"a": ["b"], "b": ["c"], "c": ["b"], "d": ["a"]}
    with pytest.raises(ContentError, match=r"in a circle: b needs c needs b") as caught:
        Graph(needs, {"b": (Path("b.md"), 7)})
    assert (caught.value.file, caught.value.line) == (Path("b.md"), 7)


def test_a_concept_that_needs_itself_is_a_cycle():
    with pytest.raises(ContentError, match="a needs a"):
        Graph({"a": ["a"]})


@pytest.mark.parametrize(
    ("needs", "message"),
    [
        ({"a": [], "b": ["a", "x"]}, "'x' is in no lesson and not in the inventory"),
        ({"a": [], "b": ["a", "a"]}, "'a' is named twice"),
        ({"a": [], "b": ["a"], "lost": []}, "'lost' is an orphan"),
    ],
)
def test_faults(needs, message):
    with pytest.raises(ContentError, match=message):
        Graph(needs)


def test_a_guide_may_stand_alone_and_so_may_the_only_concept():
    assert Graph({"a": [], "b": ["a"], "guide": []}, alone={"guide"}).leads_to("guide") == ()
    assert Graph({"a": []}).order() == ("a",)
    assert Graph({}).order() == ()
