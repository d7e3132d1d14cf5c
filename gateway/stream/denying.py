"""What follows a message that the grant does not permit."""

from gateway.stream.codec import encode
from gateway.stream.effects import Denial, Effect, Record, Send
from gateway.stream.messages import ClientMessage, Look, Op, Open, Survey
from gateway.stream.replies import Notice, Refused


def denied(message: ClientMessage) -> list[Effect]:
    """The word to the ledger and to the person that `message` was not allowed."""
    match message:
        case Op():
            reason = f"the session policy does not allow `{message.kind}`"
            answer: Refused | Notice = Refused(op=message.id, reason=reason)
            denial = Denial(message=message.kind, object=message.id)
        case _:
            kind = str(type(message).__struct_config__.tag)
            answer = Notice(level="error", text=f"the session policy does not allow `{kind}` here")
            about = {Look: "item", Survey: "item", Open: "task"}.get(type(message))
            denial = Denial(message=kind, object=getattr(message, about) if about else None)
    return [Record(denial), Send(encode(answer))]
