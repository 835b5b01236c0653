"""Plays one task with one agent and real tools."""

from __future__ import annotations

import random
from dataclasses import replace

from data.recorder import transcript
from data.recorder.agent import Agent, Quirk
from data.recorder.closing import Work, closing_text, question_text
from data.recorder.memory import Memory
from data.recorder.offer import system_prompt
from data.recorder.script import Call, Json, Move, Stage, Task, files, read, sh
from data.recorder.slips import broken_json, complaint, look_around, misname
from data.recorder.thoughts import Moment, say, think
from data.recorder.tools import Tools
from data.recorder.transcript import Response, Turn

MAX_STEPS = 10
PEEKS = (read("README.md"), sh("ls"), files("*"))
FOLLOW_RATE = 0.45
SUMMARY_RATE = 0.4


class CutError(Exception):
    """The recording ends without an answer to the user."""


class OutOfStepsError(Exception):
    """The agent may not call another tool."""


class Player:
    """One conversation while it is played.

    What is done is drawn from one generator and what is said from another, so that a word more in
    a tool's output never changes what happens next.
    """

    def __init__(self, task: Task, agent: Agent, tools: Tools, key: str) -> None:
        self.task, self.agent, self.tools = task, agent, tools
        self.rng, self.words = random.Random(key), random.Random(f"words of {key}")
        self.turns = [Turn("system", system_prompt(task.toolset))]
        self.memory = Memory()
        self.steps = self.calls = 0
        self.request = ""
        self.quirk: Quirk = agent.quirk(self.rng)
        self.quirk_at = self.rng.randint(1, 3) if "cut" in self.quirk else self.rng.randint(0, 2)

    def play(self) -> list[Turn]:
        """The turns of the conversation, the system prompt first."""
        task = self.task
        try:
            asked = self._exchange(f"{task.prompt} {task.extra}".strip(), task.stages, task.done)
            follow = task.follow
            if follow and self._goes_on(asked):
                self._exchange(follow.prompt, follow.stages, follow.done, is_last=True)
        except CutError:
            pass
        return self.turns

    def _goes_on(self, asked: bool) -> bool:
        """Whether the user writes again; a reply needs its question, a new wish needs success."""
        has_question = self.task.ask or self.task.stuck_ask
        is_fitting = asked or (not has_question and not self.memory.trouble)
        return is_fitting and self.steps < MAX_STEPS - 2 and self._chance(FOLLOW_RATE)

    def _exchange(
        self, prompt: str, stages: tuple[Stage, ...], done: tuple[str, ...], is_last: bool = False
    ) -> bool:
        """Plays from a user turn to the closing answer; true when that is a question."""
        self.turns.append(Turn("human", prompt))
        first = prompt.split(". ")[0]
        self.request = first if first.endswith(("?", ".")) else f"{first}."
        self.memory.turn_to_user()
        work = self._work(stages)
        question = "" if is_last else self._question(work)
        self._close(work, done, question)
        return bool(question)

    def _work(self, stages: tuple[Stage, ...]) -> Work:
        work = Work()
        is_behind = False
        for index, stage in enumerate(stages):
            if stage.optional and not self._chance(self.agent.thorough):
                continue
            left = tuple(later.goal for later in stages[index + 1 :] if not later.optional)
            kind = "onward" if is_behind else "next" if work.did else "open"
            try:
                is_done = self._attempt(stage, kind, left)
                if is_done and stage.check and self.memory.trouble:
                    self._redo(stage, work)
            except OutOfStepsError:
                work.end, work.goal = "out_of_steps", stage.goal
                return work
            if self._note(stage, is_done, work):
                return work
            is_behind = not is_done
        return work

    def _note(self, stage: Stage, is_done: bool, work: Work) -> bool:
        """Writes down how a stage went; true when the work ends with it."""
        trouble = self.memory.trouble
        if is_done and not (stage.check and trouble):
            work.did.append(stage.goal)
            return False
        if stage.must or stage.check:
            work.end = "unconfirmed" if is_done else "give_up"
            work.goal, work.trouble = stage.goal, trouble
            return True
        work.missed.append((stage, trouble))
        return False

    def _attempt(self, stage: Stage, kind: str, left: tuple[str, ...]) -> bool:
        """Plays a stage, perhaps with a mistake at first; false when it is given up."""
        if stage.slips and self._chance(self.agent.slips * self.task.trouble):
            slip = self.rng.choice(stage.slips)
            self._perform(slip, kind, stage.goal, left)
            if not self._recovers(stage, slip):
                return False
            kind = "repair"
        for move in self._ordered(stage.ways):
            self._perform(self._with_peek(move, kind), kind, stage.goal, left)
            if not (stage.must and self.memory.trouble):
                return True
            if not self._chance(self.agent.persistence):
                return False
            kind = "repair"
        return False

    def _ordered(self, ways: tuple[Move, ...]) -> list[Move]:
        """The ways in the order in which the agent would try them."""
        drawn = self.rng.sample(ways, len(ways))
        if self._chance(self.agent.parallel):
            drawn.sort(key=lambda move: len(move.calls) == 1)
        return drawn

    def _with_peek(self, move: Move, kind: str) -> Move:
        """The move, at the start perhaps with a look at the place beside it."""
        is_start = kind == "open" and self.steps == 0 and len(move.calls) == 1
        if not is_start or not self._chance(self.agent.peeks):
            return move
        call = self.rng.choice([peek for peek in PEEKS if peek not in move.calls])
        return Move(move.why, (*move.calls, call), together=True)

    def _recovers(self, stage: Stage, slip: Move) -> bool:
        """What the agent does about its mistake; false when it leaves the stage at that."""
        habit = self.agent.habit(self.rng, ("fix", "look", "repeat", "drop"))
        if habit == "repeat":
            self._perform(slip, "repeat", stage.goal, ())
            habit = self.agent.habit(self.rng, ("fix", "look", "drop"))
        if habit == "look":
            look = Move("", (look_around(slip.calls[0], self.rng),))
            self._perform(look, "look", stage.goal, ())
        return habit != "drop"

    def _redo(self, check: Stage, work: Work) -> None:
        """After a failed check: does what was left out, and checks again."""
        again = [item for item in work.missed if self._chance(self.agent.persistence)]
        for stage, _ in again:
            self._perform(self.rng.choice(stage.ways), "redo", stage.goal, (check.goal,))
        if again:
            work.missed = [item for item in work.missed if item not in again]
            self._perform(self.rng.choice(check.ways), "next", check.goal, ())

    def _perform(self, move: Move, kind: str, goal: str, left: tuple[str, ...]) -> None:
        """Makes the calls of a move, at once or one after the other."""
        calls = move.calls
        is_parallel = move.together or (len(calls) > 1 and self._chance(self.agent.parallel))
        moment = Moment(kind, goal, move.why, request=self.request, left=left)
        trouble = ""
        for group in [calls] if is_parallel else [(call,) for call in calls]:
            self._step(replace(moment, tool=group[-1].tool), group)
            trouble = trouble or self.memory.trouble
            moment = Moment("same", goal, request=self.request)
        self.memory.trouble = trouble

    def _step(self, moment: Moment, calls: tuple[Call, ...]) -> None:
        """One assistant turn with calls, and their results; before it, perhaps, a broken one."""
        if self.steps >= MAX_STEPS - 1:
            raise OutOfStepsError
        if self.quirk != "none" and self.steps >= self.quirk_at:
            quirk, self.quirk = self.quirk, "none"
            self._stumble(quirk, moment, calls)
            kind = "resend" if quirk == "malformed" else "rename"
            moment = Moment(kind, moment.goal, tool=calls[-1].tool)
        self._speak(moment, [transcript.call_json(call) for call in calls])
        self._hear(calls, self.tools.answer(calls))

    def _stumble(self, quirk: Quirk, moment: Moment, calls: tuple[Call, ...]) -> None:
        """Plays a step whose last call cannot be run, or with which the recording ends."""
        *whole, last = calls
        texts = [transcript.call_json(call) for call in whole]
        if quirk == "malformed":
            broken = broken_json(last, self.rng)
            self._speak(moment, [*texts, broken])
            skipped = "Skipped: other tool call in this response had invalid JSON."
            self._hear(calls, [*(skipped for _ in whole), complaint(broken)])
        elif quirk == "unknown_tool":
            wrong = (*whole, misname(last, self.rng))
            self._speak(moment, [transcript.call_json(call) for call in wrong])
            self._hear(wrong, self.tools.answer(wrong))
        else:
            self._speak(moment, [*texts, transcript.call_json(last)])
            if quirk == "cut_after_results":
                self._hear(calls, self.tools.answer(calls))
            raise CutError

    def _speak(self, moment: Moment, calls: list[str], text: str = "") -> None:
        """Adds an assistant turn; its thought may be lost, as it is in real recordings."""
        text = text or say(moment, self.agent, self.words)
        moment = replace(moment, seen=self.memory.seen, detail=self.memory.detail)
        thought = think(moment, self.agent, self.words, self.memory.mused)
        if self.words.random() >= self.agent.captures:
            thought = ""
        thought, text = (f"{self.agent.indent}{part}" if part else "" for part in (thought, text))
        self.turns.append(transcript.assistant(thought, text, calls))
        self.steps += 1

    def _hear(self, calls: tuple[Call, ...], answers: list[Json]) -> None:
        responses = []
        for place, (call, answer) in enumerate(zip(calls, answers, strict=True)):
            running = f"functions.{call.tool}:{self.calls}"
            identity = running if self.agent.runs_ids else f"call_{place}"
            responses.append(Response(identity, call.tool, answer))
            self.calls += 1
        self.turns.append(transcript.results(responses))
        self.memory.notice(calls, answers, self.words)

    def _question(self, work: Work) -> str:
        if work.end == "give_up":
            return self.task.stuck_ask
        return self.task.ask if work.end == "answer" and self._chance(self.agent.asks) else ""

    def _close(self, work: Work, done: tuple[str, ...], question: str) -> None:
        """The closing answer of an exchange."""
        kind: str = "give_up" if work.end == "out_of_steps" else work.end
        if question:
            kind = "question" if work.end == "answer" else kind
            text = question_text(work, question, self.words)
        else:
            summary_rate = SUMMARY_RATE * self.agent.thorough
            text = closing_text(work, done, self.memory.output, summary_rate, self.words)
        self._speak(Moment(kind, work.goal, request=self.request), [], text)

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share


def play(task: Task, agent: Agent, tools: Tools, key: str) -> list[Turn]:
    """The turns of one conversation; the same key gives the same choices."""
    return Player(task, agent, tools, key).play()
