"""Which constructs of BPMN 2.0 run in a plain diagram; what is not named here is refused."""

from typing import Final

from forms.text import Text

#: Which event definitions run on which events; None = an event without any.
EVENTS: Final[dict[str, frozenset[str | None]]] = {
    "startEvent": frozenset({None, "message", "timer", "signal", "conditional"}),
    "endEvent": frozenset(
        {None, "terminate", "message", "signal", "error", "escalation", "compensate", "cancel"}
    ),
    "intermediateCatchEvent": frozenset({"message", "timer", "signal", "conditional", "link"}),
    "intermediateThrowEvent": frozenset(
        {None, "message", "signal", "escalation", "compensate", "link"}
    ),
    "boundaryEvent": frozenset(
        {
            "message",
            "timer",
            "signal",
            "conditional",
            "error",
            "escalation",
            "compensate",
            "cancel",
        }
    ),
}
#: Event definitions that begin an event subprocess.
BEGINNINGS: Final = frozenset(
    {"message", "timer", "signal", "conditional", "error", "escalation", "compensate"}
)
#: Event definitions that must name what they wait for or send.
NAMED: Final = frozenset({"message", "signal", "link"})
#: Settings of which an item runs one value only, and the remedy for others.
SETTINGS: Final = {
    "eventGatewayType": (
        "Exclusive",
        Text("请用并行网关等待每个事件。", "Wait for each event behind a parallel gateway."),
    ),
}
#: Programs of other tools: they cannot run here, and a diagram that needs them says too much.
PROGRAMS: Final = {
    "executionListener": Text("执行监听器", "execution listener"),
    "taskListener": Text("任务监听器", "task listener"),
    "connector": Text("连接器", "connector"),
    "eventListener": Text("事件监听器", "event listener"),
    "mapException": Text("异常映射", "mapping of exceptions"),
    "errorEventDefinition": Text("外部任务的错误映射", "mapping of a worker's errors"),
    "eventType": Text("事件注册表的事件", "event of an event registry"),
    "variableAggregation": Text("变量汇总", "variable aggregation"),
    "onEntry-script": Text("进入脚本", "script on entry"),
    "onExit-script": Text("离开脚本", "script on exit"),
}
#: Settings of other tools that change what runs, and that we do not read.
FOREIGN: Final = frozenset(
    {
        "skipExpression",
        "variableMappingClass",
        "variableMappingDelegateExpression",
        "errorMessageVariable",
        "errorVariableName",
        "terminateAll",
        "businessCalendarName",
        "terminateMultiInstance",
    }
)
#: A namespace of programs that we read nothing else of.
DROOLS: Final = "http://www.jboss.org/drools"
#: Activities on whose edges events may sit.
HOSTS: Final = frozenset(
    {
        "task",
        "userTask",
        "manualTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "scriptTask",
        "businessRuleTask",
        "callActivity",
        "subProcess",
        "transaction",
        "adHocSubProcess",
    }
)
#: What an event gateway may lead to.
AWAITED: Final = frozenset({"message", "timer", "signal", "conditional"})
#: Nodes whose flows may carry conditions.
CHOOSING: Final = HOSTS | {"exclusiveGateway", "inclusiveGateway", "complexGateway"}
