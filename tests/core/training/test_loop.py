"""The resumable loop, its state, and the average of weights."""

import json

import pytest
import torch

from core.errors import InputError
from core.training.average import Average
from core.training.loop import Diverged, Length, fit
from core.training.state import StepsDone, before, history, load_state, save_state, saved_progress


class Counter:
    """A training whose only state is a running sum."""

    def __init__(self):
        self.total = torch.zeros(1)

    def state_dict(self):
        return {"total": self.total, "nested": [{"a": (1, 2)}, None], 3: "x"}

    def load_state_dict(self, state):
        assert state["nested"] == [{"a": [1, 2]}, None] and state[3] == "x"
        self.total = state["total"]


def saved(path, total, step=7):
    counter = Counter()
    counter.total += total
    save_state(path, {"counter": counter}, StepsDone(step, 2.5))


def test_state_comes_back_whole_and_leaves_no_half_file(tmp_path):
    path = tmp_path / "a.safetensors"
    saved(path, 5)
    other = Counter()
    assert load_state(path, {"counter": other}) == StepsDone(7, 2.5)
    assert other.total.item() == 5
    assert [p.name for p in tmp_path.iterdir()] == ["a.safetensors"]


@pytest.mark.parametrize("cut", [0, 5, 100, -1])
def test_a_state_that_was_cut_off_gives_way_to_the_one_before(tmp_path, cut, capsys):
    path = tmp_path / "a.safetensors"
    saved(path, 5, step=7)
    saved(path, 6, step=8)
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    counter = Counter()
    assert load_state(path, {"counter": counter}).step == 7
    assert counter.total.item() == 5 and saved_progress(path).step == 7
    assert "cannot be read" in capsys.readouterr().err
    saved(path, 9, step=9)  # the broken one is not kept in place of a whole one for good
    assert load_state(path, {"counter": counter}).step == 9


def test_a_state_that_is_lost_altogether_is_refused_and_none_is_a_beginning(tmp_path):
    path = tmp_path / "a.safetensors"
    assert load_state(path, {"counter": Counter()}) == StepsDone()
    path.write_bytes(b"text")
    with pytest.raises(InputError, match="begin anew"):
        load_state(path, {"counter": Counter()})


def test_the_state_of_another_training_is_refused(tmp_path):
    path = tmp_path / "a.safetensors"
    save_state(path, {"model": torch.nn.Linear(2, 1)}, StepsDone(1))
    for parts in ({"model": torch.nn.Linear(3, 1)}, {"other": torch.nn.Linear(2, 1)}):
        with pytest.raises(InputError, match="another training"):
            load_state(path, parts)


def test_a_training_that_goes_on_with_other_options_tells_both_commands(tmp_path):
    path = tmp_path / "a.safetensors"
    assert history(path, "train --steps 7") == "step 0: train --steps 7"
    saved(path, 5)
    assert history(path, "train --steps 7") == "step 0: train --steps 7"
    both = history(path, "train --steps 9").splitlines()
    assert both == ["step 0: train --steps 7", "step 7: train --steps 9"]


def test_a_killed_loop_goes_on_where_it_stopped(tmp_path):
    seen = []

    def run(until):
        counter = Counter()

        def step_once(step, part):
            if step == until:
                raise KeyError("killed")
            seen.append((step, part))
            counter.total += step
            return {"loss": 1.0}

        fit(
            step_once, length=Length(steps=6), parts={"counter": counter},
            state=tmp_path / "s.safetensors", save_every_seconds=0,
        )  # fmt: skip
        return counter.total.item()

    with pytest.raises(KeyError):
        run(until=3)
    assert run(until=None) == sum(range(6)) and seen == [(n, n / 6) for n in range(6)]


def loop(tmp_path, length, step_once=lambda step, part: {"loss": 1.0}, **options):
    return fit(
        step_once, length=length, parts={"counter": Counter()}, state=tmp_path / "s.safetensors",
        **options,
    )  # fmt: skip


def test_a_training_of_some_seconds_ends_in_time_and_its_parts_rise(tmp_path):
    import time

    parts = []

    def step_once(step, part):
        parts.append(part)
        time.sleep(0.02)
        return {"loss": torch.tensor(2.0)}

    done = loop(tmp_path, Length(seconds=0.3), step_once)
    assert 0.3 <= done.seconds < 0.6 and 3 <= done.step <= 15
    assert parts == sorted(parts) and parts[0] == 0 and parts[-1] < 1
    again = loop(tmp_path, Length(seconds=0.3), step_once)
    assert again == done, "a finished training makes no further step"
    longer = loop(tmp_path, Length(seconds=0.4), step_once)
    assert longer.step > done.step and longer.seconds < 0.7
    rows = [json.loads(line) for line in (tmp_path / "s.jsonl").read_text().splitlines()]
    assert [row["loss"] for row in rows] == [2.0, 2.0]


def test_even_no_time_at_all_is_one_step(tmp_path):
    assert loop(tmp_path, Length(seconds=0.0)).step == 1


def test_a_length_is_steps_or_seconds():
    for wrong in ({}, {"steps": 1, "seconds": 1.0}):
        with pytest.raises(ValueError, match="steps or"):
            Length(**wrong)


def test_a_loss_that_is_no_number_ends_the_training(tmp_path):
    with pytest.raises(Diverged, match="loss"):
        loop(tmp_path, Length(steps=3), lambda step, part: {"loss": float("nan")})
    assert not (tmp_path / "s.safetensors").exists()


def test_an_interruption_saves_and_says_how_to_go_on(tmp_path):
    import os
    import signal

    def step_once(step, part):
        if step == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return {"loss": 1.0}

    with pytest.raises(SystemExit, match="stopped after step 3"):
        loop(tmp_path, Length(steps=6), step_once)
    assert saved_progress(tmp_path / "s.safetensors").step == 3
    assert before(tmp_path / "s.safetensors").name == "s-before.safetensors"


def test_the_average_follows_the_model():
    model = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.BatchNorm1d(1))
    average = Average(model, decay=0.5)
    with torch.no_grad():
        model[0].weight.add_(1)
        model[1].num_batches_tracked.add_(7)
    earlier = average.model[0].weight.clone()
    average.update(model)
    decay = min(0.5, 2 / 11)
    assert torch.allclose(average.model[0].weight, earlier + (1 - decay))
    assert average.model[1].num_batches_tracked == 7
