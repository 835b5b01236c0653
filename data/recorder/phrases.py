"""Stock of sentences from which thoughts and closing texts are made."""

from __future__ import annotations

OPENERS: dict[str, tuple[str, ...]] = {
    "open": (
        "The first thing is to {goal}.",
        "I should {goal} before anything else.",
        "To begin with I want to {goal}.",
        "Let me {goal} first.",
        "This starts with one question: can I {goal}?",
    ),
    "next": (
        "Next I want to {goal}.",
        "Now I can {goal}.",
        "With that known, the next thing is to {goal}.",
        "So now: {goal}.",
        "What I want to do now is to {goal}.",
    ),
    "onward": (
        "I leave that as it is for now. Next I want to {goal}.",
        "That is still open, but I can {goal} meanwhile.",
        "Perhaps it goes without that. So now: {goal}.",
    ),
    "same": (
        "The other part of this is still open, so I go on with it.",
        "That was one half; now the other.",
        "One more of the same kind.",
        "I still need the rest to {goal}.",
    ),
    "repair": (
        "That was my mistake, so let me do it properly.",
        "I guessed, and I guessed wrong. This time with what I know now.",
        "There is another way to {goal}.",
        "Let me correct that.",
        "Wait, that could not work. I still want to {goal}.",
    ),
    "look": (
        "Before I guess again I should look at what is really there.",
        "I don't know enough about this place yet.",
        "Let me see what there is instead of guessing.",
        "Hmm. Something about my picture of this is wrong.",
    ),
    "repeat": (
        "Perhaps that was only a hiccup; I will try it once more.",
        "Let me run that again to be sure.",
        "Strange. The same thing again, in case it was a passing problem.",
    ),
    "resend": (
        "My call was not valid JSON, so nothing was run. I write it again with care.",
        "A quote in the arguments broke the call. Once more, properly escaped.",
        "The arguments could not be read. I send the call again.",
    ),
    "rename": (
        "There is no tool of that name here; {tool} does the same.",
        "I used a name that is not on the list. {tool} is what I need.",
        "Right, here this is called {tool}.",
    ),
    "redo": (
        "The check fails because one part is still undone: I have to {goal}.",
        "I left something out before. Now I do need to {goal}.",
    ),
    "give_up": (
        "I have no further idea how to {goal}, and the user should know that.",
        "It does not help to try the same thing again. Better to report where this stands.",
        "I can't {goal} with what is here. I say so plainly.",
    ),
    "unconfirmed": (
        "The check still fails, so I must not call this done.",
        "This is not what I hoped for. I report it as it is.",
    ),
    "answer": (
        "I have what I need for the answer.",
        "That answers it.",
        "Everything asked for is there, so I can sum it up.",
        "All parts are done; a short answer is enough.",
    ),
    "question": (
        "From here it depends on something that only the user knows.",
        "I could guess, but it is better to ask.",
        "There is a choice here that is not mine to make.",
    ),
}
CAUTIONS: dict[str, tuple[str, ...]] = {
    "terminal": (
        "The exit code will tell me more than the text.",
        "I keep the output short, so that nothing gets lost in it.",
        "If this prints nothing, I have to find out why before I go on.",
    ),
    "read_file": (
        "I want to see the exact lines and not rely on what the name suggests.",
        "It could be that there is more in it than the part I care about.",
        "If it is long, I only need the beginning.",
    ),
    "search_files": (
        "A narrow pattern is better: too many hits would hide the one that counts.",
        "If nothing is found, the spelling may be different from what I expect.",
        "Wait, upper and lower case matter in this search.",
    ),
    "write_file": (
        "Writing replaces the whole file, so the content has to be complete.",
        "I must not overwrite anything that is still needed.",
    ),
    "patch": (
        "The passage has to match exactly, spaces included.",
        "A small change is better here than writing the file anew.",
        "I should touch only these lines and nothing else.",
    ),
    "execute_code": (
        "A few lines of Python are easier to trust here than a long pipe.",
        "I print only what I need for the answer.",
    ),
    "todo": (
        "The list should be short enough to be read at a glance.",
        "Each item should be something that can be finished.",
    ),
    "clarify": ("If nobody answers, I have to work with an assumption and say so.",),
}
MUSINGS = (
    (
        "Let me think about what could go wrong here: a wrong path, or a file that looks different "
        "from what I assume."
    ),
    "Actually, it is worth being careful: the user will rely on this without checking it.",
    "I don't want to do more than was asked for.",
    "Is there a simpler way? I don't think so.",
    "Two things matter: that the result is right, and that nothing else changes.",
    "I could take a shortcut, but then I would not know whether it holds for all cases.",
    "Let me double-check the request: {request}",
    "What is asked, in short: {request}",
    "The wording matters here: {request} Nothing in that says that I may change other files.",
    "If this turns out differently than I expect, I should say so instead of making it fit.",
    (
        "On the one hand I could do it all in one go, on the other hand small steps are "
        "easier to check."
    ),
    "So far nothing speaks against it.",
    "I should keep in mind how this could be checked at the end.",
    "Wait. Do I know that, or do I only assume it? I think I know it from what I have read.",
    "Hmm, what would convince me that this is right? Seeing it in the output, not believing it.",
)
CLOSING_MUSINGS = (
    "The answer should be short; the details are in the output above.",
    "I should name what I have not checked.",
    "Nothing else was changed, as far as I can see.",
    "The user can repeat this with the same commands.",
    "Looking back at the request, I think that each part of it is covered or accounted for.",
    "I state the result first and the way to it after that.",
    "I don't want to claim more than I have seen.",
)
SAYS: dict[str, tuple[str, ...]] = {
    "open": ("I will {goal} first.", "Let me {goal}.", "First: {goal}."),
    "next": ("Now I will {goal}.", "Next: {goal}.", "Let me {goal}."),
    "onward": ("I go on without that: {goal}.", "Let me {goal} all the same."),
    "same": ("And the rest of it.", "Now the other one."),
    "repair": ("That was wrong. Let me correct it.", "I will try it another way."),
    "look": ("Let me see what is there.",),
    "repeat": ("I will try that again.",),
    "resend": ("My call was broken, here it is again.",),
    "rename": ("That tool is not there, I will use {tool}.",),
    "redo": ("One part is missing still.",),
}
STUCK = (
    "I could not {goal}. The last attempt ended with:\n\n    {trouble}",
    "I have to stop here: I was not able to {goal}. What I got was `{trouble}`.",
    "This did not work out. When I tried to {goal}, the answer was `{trouble}`.",
)
NO_RESULT = "no usable result"
UNCONFIRMED = (
    "The change is made, but I could not confirm it: `{trouble}`. Please treat it as unfinished.",
    "I am not done: when I tried to {goal}, the last line was `{trouble}`.",
)
MISSED = (
    "One thing is left: I did not manage to {goal} (`{trouble}`).",
    "I left out one part. I could not {goal}: `{trouble}`.",
)
OUT_OF_STEPS = "I stop here because I have used up my steps. Still open: {goal}."
SUMMARY = ("What I did:", "The steps, in order:", "How I got there:")
