"""What the practice coach recognises in what is typed to it, and in what it is told beside the record."""

from __future__ import annotations

import re

TAKE_YOUR_TIME = "Take your time. I am here."
HERE = "I am here. What comes to your mind?"
GOODBYE = re.compile(
    r"^((ok|okay|well|great|alright|all right|no|thanks|thank you|many thanks)[\s,.!]*)*"
    r"((good ?)?bye([\s-]?bye)?|see you|talk (to you )?(soon|later)|(that is|that's) (all|it)|"
    r"(let us |let's )?(end|stop) (the |this )?(call|session|conversation)|hang up)"
    r"([\s,.!]+(for (today|now)|then|soon|later|next (time|week)|now|thanks|thank you|coach|everyone))*[\s.!]*$"
    r"|[.,!;]\s*(good ?)?bye[\s.!]*$",
    re.IGNORECASE,
)
STOP = re.compile(
    r"^\W*((ok|okay|please|sorry|well|thanks|thank you|no|i think)[\s,.!]*)*"
    r"(stop|enough|(can|could|may|shall) we (please )?(stop|end|finish)|(let us|let's) (stop|end|finish)|"
    r"i (want|need|have|wish|would like|'d like) to (stop|end|finish|go)( talking)?|i('d| would) rather (stop|go))"
    r"([\s,.!?]+(here|now|it|this|there|for (today|now)|please|thanks|thank you|talking|right now))*[\s.!?]*$",
    re.IGNORECASE,
)
GREETING = re.compile(
    r"^\W*(hi|hello|hey|good (morning|day|afternoon|evening))(,? (there|again|coach))*\W*$", re.IGNORECASE
)
NOTHING_ELSE = re.compile(
    r"^\W*(no|nope|nothing|not today|that is all|that's all)\b.{0,30}$", re.IGNORECASE | re.DOTALL
)
UNSURE = re.compile(r"^\W*(i do(n't| not) know|not sure|no idea|idk|hm+|dunno)\b.{0,20}$", re.IGNORECASE | re.DOTALL)
NUMBER = re.compile(r"\b(10|[0-9])\b")
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
RESUME = re.compile(r"\b(resum\w*|continu\w*|reconnect\w*|pick(ing|s)? up|came back|is back)\b", re.IGNORECASE)
LITTLE_TIME = re.compile(
    r"\b(time is (almost|nearly) (up|over)|little time|wrap(ping)? up|running out of time|"
    r"(?P<n>\d+|one|two|three|four|five|a|few|a few)\s+(?P<unit>minutes?|seconds?)\s+(left|remain\w*|to go))\b",
    re.IGNORECASE,
)
MANY_MINUTES = 5
MORE_TIME = re.compile(r"\b(minutes? (longer|more)|more time|there is time)\b", re.IGNORECASE)
KNOWN_GOAL = re.compile(r"\bgoal\b[^:\n]{0,30}:\s*(?P<goal>[^\n]+)", re.IGNORECASE)
KNOWN_STEP = re.compile(r"\bstep\b[^:\n]{0,20}:\s*(?P<step>goal|reality|options|will)\b", re.IGNORECASE)
NO = re.compile(
    r"^\W*(no|nope|nah|not|never|partly|almost|half|sort of|unfortunately|sadly|"
    r"i (did(n't| not)|tried|forgot|have(n't| not)))\b",
    re.IGNORECASE,
)
YES = re.compile(
    r"^\W*(yes|yeah|yep|yup|sure|of course|absolutely|done|did it|i did|i have|it is done|it's done)\b", re.IGNORECASE
)
DROP = re.compile(r"\b(drop|leave it|let (it|this|that) go|remove|no|not)\b", re.IGNORECASE)
REMEMBER = re.compile(r"^(please )?remember( that|:)\s*(?P<fact>\S.*)$", re.IGNORECASE)
ABOUT_ME = re.compile(r"^(I am|I'm|My [\w' ]{2,40}? (is|are)) \w[^?]*$", re.IGNORECASE)
PASSING = re.compile(
    r"^(I am|I'm) (still |just |so |very |too |a bit |not )*"
    r"(tired|sad|happy|sorry|sure|unsure|ready|here|back|fine|ok|okay|stuck|slow|afraid|lost|done|late|busy|trying|going)\b",
    re.IGNORECASE,
)
PROGRESS = re.compile(r"^progress( on (?P<about>[^:]+))?\s*:\s*(?P<score>[+\u2212-]?[012])\W*$", re.IGNORECASE)
SAID_BEFORE = re.compile(
    r"^(do you remember )?what (did|had|have) (I|we) (ever )?(say|said|tell you|told you|talk|talked) about "
    r"(?P<about>[^?]+)\?$",
    re.IGNORECASE,
)
ASKS = re.compile(
    r"^\W*(please|book|schedule|let us|let's|can|could|may|shall|I want to book|I'd like to book)\b", re.IGNORECASE
)
BOOK = re.compile(r"\b(book|schedule|appointment|(agree on|find|set) a (time|date))\b", re.IGNORECASE)
ORDINALS = (
    re.compile(r"\b(first|1st)\b", re.IGNORECASE),
    re.compile(r"\b(second|2nd)\b", re.IGNORECASE),
    re.compile(r"\b(third|3rd|last)\b", re.IGNORECASE),
)
RECALL = re.compile(r"\b(last time|last session|remember|know about me)\b", re.IGNORECASE)
WISH = re.compile(r"^(I (want|would like|wish)|I'd like|My goal is) to (?P<what>[^.!?]+)$", re.IGNORECASE)
PLAN = re.compile(r"^(I will|I'll|I could|I can|I am going to|I'm going to) (?P<what>[^.!?]+)$", re.IGNORECASE)
OWN = re.compile(r"\b(I|me|my|mine|myself|we|us|our)\b", re.IGNORECASE)
HINT = re.compile(r"^The human coach says, for you alone:\s*(?P<hint>\S.*)$", re.IGNORECASE | re.DOTALL)
COACH_CAME = re.compile(r"^The human coach (?P<name>[^\n]{1,80}?) is in the room\b", re.IGNORECASE)
COACH_LEFT = re.compile(r"^The human coach [^\n]{1,80}? has left the room\b", re.IGNORECASE)
