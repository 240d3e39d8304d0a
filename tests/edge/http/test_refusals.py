"""Refusals name things to those who may know their names, through every door."""

from __future__ import annotations

import pytest

from bauhinia.rules.registers import RequestCopy
from bauhinia.views.asking import Asking
from bauhinia.views.refusals import Allowed
from bauhinia.wire.problems import problem_of
from bauhinia.words.reasons import Reason, Refused
from tests.edge.http.stage import ISIN, Stage


def test_a_refusal_names_the_bond_whatever_the_door(stage: Stage, url: str) -> None:
    sentences = []
    with stage.client(url, "Trustee") as remote:
        for desk in (remote, stage.desk("Trustee")):
            with pytest.raises(Refused) as refused:
                stage.desk("B").do(RequestCopy(stage.bond, "curious"))
            assert refused.value.parts == (str(stage.bond),), "the parts stay numbers"
            sentences.append(problem_of(refused.value).detail)
            assert desk.refusals() == ()
    assert len(set(sentences)) == 1
    assert ISIN in sentences[0]
    with stage.client(url, "B") as client:
        assert client.refusals()[0].text == sentences[0]
        with pytest.raises(Refused, match=ISIN) as again:
            client.do(RequestCopy(stage.bond, "curious"))
    assert again.value.reason is Reason.NOT_DISCLOSED


@pytest.mark.parametrize(
    ("who", "name"), [("A", "A OWN"), ("operator", "A OWN"), ("B", ""), ("Trustee", ""), ("Custodian", ""), (None, "")]
)
def test_an_account_is_named_to_who_may_see_it_alone(stage: Stage, who: str | None, name: str) -> None:
    with stage.views.reading() as db:
        assert Allowed(Asking(db, stage.desk(who).viewer)).account(stage.at["A"]) == name
