"""Calls, results and headers as JSON objects, and back."""

import sys
from collections.abc import Mapping
from typing import Any

import joblib
import numpy as np
import scipy
import sklearn

from .._records import STATUSES, FoldScore, Job, Plan, Points, Proposal, Result, Slot
from ._calls import Call, Header, Left, Opened, Told
from ._values import Values, number

FORMAT = 1
N_SEEDS = 9
MOST = 10**6  # columns, or trials in flight
LARGEST = 2**53  # number of a job, trial, rung or bracket
Json = dict[str, Any]


def versions() -> dict[str, str]:
    """Of everything that has a part in the numbers."""
    packages = (sys.modules[__name__.partition(".")[0]], sklearn, np, scipy, joblib)
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python, **{each.__name__: each.__version__ for each in packages}}


def encode_header(header: Header) -> Json:
    """The first line of a journal."""
    plan = header.plan
    layout = dict(header.layout)
    metrics = layout["metrics"]
    layout["metrics"] = None if metrics is None else list(metrics)
    return {
        "kind": "header",
        "format": FORMAT,
        "parts": dict(header.parts),
        "plan": [plan.n_iter, plan.concurrency, plan.min_resource, plan.max_resource],
        "seeds": list(header.seeds),
        "n_columns": header.n_columns,
        "layout": layout | {"error_score": number(layout["error_score"])},
        "versions": dict(header.versions),
        "values": dict(header.values),
    }


def decode_header(line: Json) -> Header:
    """What `encode_header` was given."""
    if line["kind"] != "header":
        raise ValueError("it does not begin with a header")
    if line["format"] != FORMAT:
        raise ValueError(f"it has format {line['format']!r}, this version of skhpo reads {FORMAT}")
    n_iter, concurrency, low, high = line["plan"]
    plan = Plan(None if n_iter is None else int(n_iter), int(concurrency), float(low), float(high))
    layout = dict(line["layout"])
    layout["error_score"] = float(layout["error_score"])
    layout["n_splits"] = int(layout["n_splits"])
    layout["full_resource"] = float(layout["full_resource"])
    if not isinstance(layout["resource"], str | None):
        raise ValueError("its resource is no name")
    if not all(isinstance(layout[name], bool) for name in ("train_scores", "spends")):
        raise ValueError("its tables make no sense")
    metrics = layout["metrics"]
    layout["metrics"] = None if metrics is None else tuple(map(str, metrics))
    seeds, n_columns = tuple(map(int, line["seeds"])), int(line["n_columns"])
    if len(seeds) != N_SEEDS or not all(0 <= seed < 2**32 for seed in seeds):
        raise ValueError("its seeds are none")
    sizes = 0 if plan.n_iter is None else plan.n_iter, plan.concurrency, n_columns
    if not (0 <= min(sizes) and max(sizes[1:]) <= MOST and layout["n_splits"] > 0):
        raise ValueError("its numbers make no sense")
    return Header(
        _texts(line["parts"]),
        plan,
        seeds,
        n_columns,
        layout,
        _texts(line["versions"]),
        {str(name): list(texts) for name, texts in line["values"].items()},
    )


def encode_call(call: Call, values: Values) -> Json:
    """The line of a call."""
    if isinstance(call, Told):
        return {"kind": "told", "job": call.job}
    slot = call.slot
    place = [slot.bracket, slot.rung, number(slot.resource), slot.trial, slot.parent]
    if isinstance(call, Left):
        return {"kind": "left", "slot": place}
    line: Json = {"kind": "open", "job": call.job, "slot": place}
    if call.proposal is not None:
        line |= {"params": values.encode(call.proposal.params), "origin": call.proposal.origin}
        point = call.proposal.point
        if point.active.any():
            line |= {"x": point.x[0].tolist(), "on": point.active[0].astype(int).tolist()}
    return line


def decode_call(line: Json, values: Values, n_columns: int) -> Call:
    """What `encode_call` was given."""
    if line["kind"] == "told":
        return Told(_count(line["job"]))
    bracket, rung, resource, trial, parent = line["slot"]
    place = _count(bracket), _count(rung), float(resource)
    slot = Slot(*place, _number(trial), _number(parent))
    if line["kind"] == "left":
        return Left(slot)
    if line["kind"] != "open" or slot.trial is None:
        raise ValueError("it is no call")
    if "params" not in line:
        return Opened(_count(line["job"]), slot, None)
    x = np.array(line.get("x", [0.5] * n_columns), dtype=np.float64).reshape(1, n_columns)
    on = np.array(line.get("on", [0] * n_columns), dtype=np.int64).reshape(1, n_columns) == 1
    if not ((x >= 0) & (x <= 1)).all():
        raise ValueError("its point lies outside the unit cube")
    proposal = Proposal(Points(x, on), values.decode(line["params"]), str(line["origin"]))
    return Opened(_count(line["job"]), slot, proposal)


def encode_result(result: Result) -> Json:
    """The line of a finished job."""
    return {
        "kind": "done",
        "job": result.job.number,
        "status": result.status,
        "loss": number(result.loss),
        "resource": number(result.resource),
        "started": number(result.started),
        "finished": number(result.finished),
        "folds": [None if fold is None else _fold(fold) for fold in result.folds],
    }


def decode_result(line: Json, job: Job, n_splits: int) -> Result:
    """What `encode_result` was given, for its job."""
    folds = tuple(None if fold is None else _score(fold) for fold in line["folds"])
    if line["status"] not in STATUSES or len(folds) != n_splits or not any(folds):
        raise ValueError("it is no result")
    return Result(
        job,
        folds,
        line["status"],
        float(line["loss"]),
        float(line["resource"]),
        float(line["started"]),
        float(line["finished"]),
    )


def _fold(fold: FoldScore) -> Json:
    line: Json = {
        "loss": number(fold.loss),
        "scores": {name: number(score) for name, score in fold.scores.items()},
        "time": [number(fold.fit_time), number(fold.score_time)],
    }
    if fold.train_scores:
        line["train"] = {name: number(score) for name, score in fold.train_scores.items()}
    if fold.multimetric:
        line["multimetric"] = True
    if fold.fit_error is not None:
        line["fit_error"] = fold.fit_error
    if fold.score_error is not None:
        line["score_error"] = fold.score_error
    if fold.timed_out:
        line["timed_out"] = True
    if fold.continued:
        line["continued"] = True
    if fold.rounds is not None:
        line["rounds"] = [fold.rounds, fold.n_fitted]
    return line


def _score(line: Json) -> FoldScore:
    fit_time, score_time = line["time"]
    errors = line.get("fit_error"), line.get("score_error")
    if not all(error is None or isinstance(error, str) for error in errors):
        raise ValueError("an error is no text")
    rounds, n_fitted = line.get("rounds", (None, 0))
    scores, train = _floats(line["scores"]), _floats(line.get("train", {}))
    several = bool(line.get("multimetric", False))
    if not several and {*scores, *train} - {"score"}:
        raise ValueError("its scores have names")
    return FoldScore(
        float(line["loss"]),
        scores,
        train,
        several,
        float(fit_time),
        float(score_time),
        *errors,
        continued=bool(line.get("continued", False)),
        rounds=_number(rounds),
        n_fitted=_count(n_fitted),
        timed_out=bool(line.get("timed_out", False)),
    )


def _floats(line: Mapping[str, Any]) -> dict[str, float]:
    return {str(name): float(value) for name, value in line.items()}


def _texts(line: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in line.items()}


def _count(value: Any) -> int:
    if not 0 <= int(value) < LARGEST:
        raise ValueError("a number makes no sense")
    return int(value)


def _number(value: Any) -> int | None:
    return None if value is None else _count(value)
