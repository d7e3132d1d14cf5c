"""What a session can do. An action without a rule is denied."""

from enum import StrEnum


class Action(StrEnum):
    """An action that `[allow]` can list. Values are stable: policies, routes and the audit log hold them."""

    ITEM_VIEW = "item.view"
    ANNOTATION_WRITE = "annotation.write"
    TASK_TAKE = "task.take"
    TASK_SUBMIT = "task.submit"
    TASK_REVIEW = "task.review"
    SESSION_WATCH = "session.watch"
    SESSION_END = "session.end"
    QUEUE_CHECK = "queue.check"
    ITEM_RELEASE = "item.release"
    DATASET_EXPORT = "dataset.export"
    AUDIT_READ = "audit.read"
    POLICY_READ = "policy.read"
    POLICY_WRITE = "policy.write"
    POLICY_APPROVE = "policy.approve"
    PEOPLE_WRITE = "people.write"
    GRANT_APPROVE = "grant.approve"
    UNMASK_REQUEST = "unmask.request"
    BREAK_GLASS = "break.glass"

    @property
    def meaning(self) -> str:
        """What the action lets a person do, for documents and the console."""
        return _MEANING[self]


_MEANING = {
    Action.ITEM_VIEW: "look at the masked, marked picture of an item",
    Action.ANNOTATION_WRITE: "create, change and delete annotations",
    Action.TASK_TAKE: "get the next task from the queue",
    Action.TASK_SUBMIT: "hand in a task for review",
    Action.TASK_REVIEW: "accept or return somebody's work",
    Action.SESSION_WATCH: "see who is signed in and what they look at",
    Action.SESSION_END: "end somebody's session",
    Action.QUEUE_CHECK: "look at what the masker was unsure of",
    Action.ITEM_RELEASE: "release a checked item into the work queue",
    Action.DATASET_EXPORT: "write an export of accepted work",
    Action.AUDIT_READ: "read and verify the audit log",
    Action.POLICY_READ: "read the policies in force, and try others on what was",
    Action.POLICY_WRITE: "propose other policies",
    Action.POLICY_APPROVE: "put proposed policies in force",
    Action.PEOPLE_WRITE: "give people groups and credentials, and take them away",
    Action.GRANT_APPROVE: "say yes or no, as the second person, to a break-glass or unmask request",
    Action.UNMASK_REQUEST: "ask, with a reason, to be shown one masked region of an item",
    Action.BREAK_GLASS: "ask to be let past a policy for a while, with a reason",
}
