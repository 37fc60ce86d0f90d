"""What a header or label means: 整改完成时限 → deadline, 市级牵头单位 → unit (lead), 是否销号 → a status question.
By the morphemes it is made of, so that spellings nobody listed are understood too. Where labels stand is `text` and
`tables`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from rectify.reading.draft import Role, State
from rectify.rules.numerals import HAN_NUMBER, marker, normalise

Field = Literal[
    "number", "measure_number", "upper_number", "issue", "goal", "measure", "measure_progress", "unit", "deadline", "original_deadline",
    "completed_on", "completion", "started_on", "deadline_start", "deadline_kind", "stage", "progress", "state", "on_schedule", "is_completed", "is_signed_off",
    "difficulty", "next_step", "remark", "noted", "source", "category", "contact", "group", "ignore",
]  # fmt: skip
# `noted` (是否属实, 问责情况) is kept in the remark under its own name. `completion` (完成时间) is a deadline where a file has no other, else the day of completion. `deadline_start` and
# `deadline_kind` are columns beside a deadline (起 of 起 | 止, 整改类型, ticks under 立行立改), never labels of their own.


@dataclass(frozen=True, slots=True)
class Label:
    """A label: `number` where it carries one (问题1描述), `state` where the header itself is a status word."""

    field: Field
    role: Role | None = None
    number: str | None = None
    state: State | None = None
    level: int = 0  # of issue and category headers: 一级 1, 二级 2, 三级 3
    mixed: Role | Literal["deadline"] | None = None  # 责任单位及责任人, 责任单位及时限: what else a cell of units holds


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ATOMS: Final = _words(
    "整改 整治 问题 表述 摘要 详情 起止 文号 来文 任务 反馈 督察 督查 巡视 巡察 考核 审计 检查 发现 意见 建议 指出 目标 标准 要求 措施 举措 "
    "单位 部门 科室 股室 处室 机构 主体 责任 牵头 主办 承办 主责 主管 配合 协办 协助 协同 参与 涉及 督导 督办 "
    "督促 指导 监管 监督 行业 验收 销号 领导 包保 包案 包联 分管 挂点 挂联 联系 人员 人 负责 实施 落实 时限 "
    "期限 时间 时间节点 节点 完成 办结 截止 日期 计划 预计 实际 原 现 目前 当前 进展 进度 情况 成效 效果 结果 "
    "状态 是否 达到 序时 时序 存在 困难 下步 下一步 打算 工作 安排 内容 及 和 或 与 以及 的 主要 具体 概述 "
    "概况 描述 表现 清单 方案序号 方案编号 编号 序号 项号 名称 类别 类型 分类 领域 方面 归类 来源 出处 批次 备注 说明 省级 市级 "
    "县级 州级 区级 本级 上级 中央 国家 省 市 县 区 州 乡镇 各 推进 持续 深化 总体 阶段性 阶段 预期 年度 本期 "
    "电话 方式 社会 公示 佐证 证明 材料 附件 情形 事项 简述 基本 一级 二级 三级 大类 子项 小类 第一 直接 主 "
    "地区 区域 所属 行政区划 填报 截至 已 未 需 对应 涉改 原因 滞后 未完成 部署 总 分项 项目 推动 启动 开始 "
    "起始 认定 制度 成果 形式 承诺 审核 确认 考评 专班 典型 案例 交办 转办 办理 处理 查处 核查 核实 复核 调查 结论 "
    "属实 序 号 达标 进行 所在 挂牌 点位 地点 位置 落实人 措施清单 限时 具体化 细化 量化 简要 采取 下阶段 "
    "下月 分阶段 本月 当月 本月份 季度 月份 评估 自查 主任 调整 后 前 新 名 分工 步骤 要点 办法 方法 治理 解决 属地 参加 "
    "受理 受理号 信访 信访件 举报 举报件 投诉 投诉件 转办件 交办件 案件 诉求 群众 反映 来电 来信 办件 查实 查证 问责 追责 追究 人被 被 "
    "单号 对象 渠道 企业 行政 行政区域 污染 要素 处置 处分 约谈 "
    "联办 限期 应 拟 完结 最新 后续 达 符合 按 党组织 党委 党组 支部 挂钩 领办 带班 经办 职务 姓名 组织 业务 到位 与否 期"
)
_TILING: Final = re.compile("(?:" + "|".join(sorted(_ATOMS, key=len, reverse=True)) + r"|[、/／])+")
_LONGEST: Final = 20
_BRACKETS: Final = re.compile(r"[（(【\[〔][^（()）】\]〕]{0,20}[）)】\]〕]")
_LEVELS: Final = {"一": 1, "二": 2, "三": 3, "四": 4}
_NUMBER_BRACKET: Final = re.compile(rf"(?:问题|任务|措施|事项)[（(](?P<n>\d{{1,3}}|{HAN_NUMBER})[）)]$")
_NUMBER_INSIDE: Final = re.compile(
    rf"(?P<before>问题|任务|措施|事项|目标)(?P<n>\d{{1,3}}|{HAN_NUMBER})(?=$|描述|概述|内容|表现|的?(?:整改|责任|牵头|配合|完成|主要|具体|督导|验收|进展|目标|反馈|存在))"
)

_OF_THE_OFFICE: Final = re.compile(r"(?<!党)(?<!验收)组织(?!验收|单位|部门)")  # 整改工作组织情况 heads a section
_UNIT_WORD: Final = r"单位|部门|科室|股室|处室|机构|主体|专班|党组织|党委|党组|支部"
_PETITION: Final = (
    r"(?:群众|环境|生态|信访|举报|投诉|来电|来信|交办|转办|受理|办理|反映|案件|信访件|举报件|投诉件|交办件|转办件)"
)
# In this order: the first that matches decides.
_RULE_TEXTS: Final[tuple[tuple[str, Field, Role | None], ...]] = (
    (r"^(?:整改)?(?:责任|负责|牵头)(?:人|人员)(?:及|和|与|、)(?:联系)?(?:电话|方式)$", "unit", "person"),
    (r"领导(?:及|和|与|、)(?:联系)?(?:电话|方式)$", "unit", "leader"),
    (r"电话|联系方式|联系人|社会监督|监督方式|填报|填表|制表|截至(?!.*(?:进展|情况|成效))|公示(?:时间|期|日期|方式)", "contact", None),
    (r"^(?:对应|对照)?(?:的)?(?:省|中央|国家|上级|市|督察|原|反馈)+(?:级)?(?:反馈|督察|整改|清单|方案|意见|任务|问题)*(?:序号|编号"
        r"|项号)$", "upper_number", None),
    (r"^(?:来文|文号)", "upper_number", None),
    (rf"^{_PETITION}+(?:序号|编号|号|单号)$|^受理号$", "number", None),
    (r"是否(?:基本|部分)?属实|属实(?:情况|与否)$|^调查.*(?:情况|结果|结论)$|^(?:查证|查实)(?:核实)?(?:情况|结果)$", "noted", None),
    (r"被?(?:问责|追责|追究|处分|约谈)(?:处理)?(?:情况|结果)?$|人(?:员)?被(?:处理|处分|问责|追责).*$", "noted", None),
    (rf"^(?:反馈|存在|{_PETITION})*(?:问题|诉求|事项|信访件|举报件|投诉|举报|反映)(?:的)?(?:基本|主要|具体|简要)*(?:情况|内容|概况|概述)$"
        rf"|^{_PETITION}+诉求$", "issue", None),
    (r"^被(?:举报|投诉|反映)(?:单位|对象|企业|人)$|^(?:受理|交办|转办|举报|投诉|来电|来信|信访)+(?:时间|日期|方式|渠道)$", "noted", None),
    (r"^办结(?:情况|状态|与否)$", "state", None),
    (r"^(?:问题|任务|整改|清单|事项|措施|项目)*(?:序号|编号|项号|序|号)$", "number", None),
    (r"是否.*序时|是否.*时序|(?:序时|时序).*(?:是否|情况)|达到?(?:序时|时序)|^(?:序时|时序)(?:进度)?$", "on_schedule", None),
    (r"是否.*(?:销号|验收)|销号.*(?:是否|情况|状态)|^已?销号$", "is_signed_off", None),
    (r"是否.*(?:完成|办结|整改)|(?:完成|办结|到位)与否|^已?完成$", "is_completed", None),
    (r"^(?:整改|问题|任务)*(?:来源|出处|批次)", "source", None),
    (r"来源$|批次$", "source", None),
    (r"类别|类型|分类|归类|领域|大类|^(?:整改|问题|反馈|涉及)*方面$|行政区[划域]|所属|污染要素|^(?:所在)?(?:地区"
        r"|区域)$", "category", None),
    (rf"原(?:整改|完成|定)*(?:{'时限|期限|时间|计划'})", "original_deadline", None),
    (rf"^(?=.*责任)(?=.*或).*(?:{_UNIT_WORD})$", "unit", "responsible"),
    (rf"(?:验收|销号|认定)(?:责任|审核|组织)*(?:{_UNIT_WORD}|人)", "unit", "acceptance"),
    (rf"(?:督导|督办|督促|监管|监督|指导|主管)+(?:责任|检查)*(?:{_UNIT_WORD}|人)", "unit", "supervising"),
    (r"领导(?:姓名|职务|及|和|、)*$", "unit", "leader"),
    (r"(?:责任|负责|承办|经办|牵头|落实|整改|实施|具体|直接|第一)人(?:员)?(?:姓名|职务|及|和|、)*$|^负责同志$|主要负责(?:人|同志)$"
        r"|组长$", "unit", "person"),
    (rf"(?:配合|协办|协助|协同|参与|参加|联办|涉及)(?:责任|整改|验收)*(?:{_UNIT_WORD})?$", "unit", "cooperating"),
    (rf"(?:牵头|主办)(?:责任|整改|负责)*(?:{_UNIT_WORD})?$", "unit", "lead"),
    (rf"(?:责任|承办|主责|主体|整改|实施|落实|负责)(?:{_UNIT_WORD})", "unit", "responsible"),
    (r"^(?:实施|责任|整改)*主体$|^责任(?:落实|分工)?$", "unit", "responsible"),
    (r"佐证|证明材料|附件", "remark", None),
    (r"(?:验收|销号|核查|复核|审核|核实|自查)(?:组|工作)?(?:意见|结论|结果)$", "state", None),
    (r"备注|^说明$", "remark", None),
    (r"实际.*(?:时间|日期)|自查(?:时间|日期)|(?:整改|已)(?:完成|办结)日期|办结日期|已完成时间|(?:验收|认定)(?:时间|日期)|销号日期", "completed_on", None),
    (r"(?:启动|开始|起始)(?:时间|日期)", "started_on", None),
    (r"(?:分?阶段|节点|时序|序时|进度)+(?:性|工作|目标)*(?:安排|计划)$", "stage", None),
    (r"时限|期限|限期|截止|起止|时间节点|节点|计划.*时间|时间(?:要求|安排)|限时", "deadline", None),
    (r"(?:应|拟|预计)(?:整改|办结)?完[成结](?:整改)?(?:时间|日期)", "deadline", None),
    (r"完成时间|办结时间|完结时间|整改时间|销号时间|^时间$|完成进度时间|^完成日期$", "completion", None),
    (r"下一?步|下阶段|下月|后续|^推进措施$|打算", "next_step", None),
    (r"(?:预期|目标)(?:成效|效果|成果|结果)", "goal", None),
    (r"措施.*(?:成效|效果)|整改(?:措施)?(?:及|和|与)成效", "measure_progress", None),
    (r"措施(?:及|和|与)(?:完成|落实|进展|整改)情况", "measure_progress", None),
    (r"(?:完成|整改)?(?:进度|状态)$|验收情况|状态", "state", None),
    (r"进展|情况|成效|效果|结果|进度|(?:整改|落实)成果", "progress", None),
    (r"困难|原因", "difficulty", None),
    (r"^存在问题$|^存在(?:的|主要|具体)+问题$", "issue", None),
    (r"措施|举措|(?:整改|治理|解决|工作)(?:办法|方法|方式)|任务(?:具体)?要求|内容及要求|工作内容|具体要求|^(?:整改|落实)?工作安排$"
        r"|整改内容", "measure", None),
    (r"目标|标准|^要求$|预期|成效要求", "goal", None),
    (r"问题|任务|意见|事项|案例|表现|发现", "issue", None),
    (r"^推进情况$|^基本情况$|^整改$", "group", None),
    (r"要求$", "goal", None),
)  # fmt: skip
_RULES: Final = tuple((re.compile(pattern), field, role) for pattern, field, role in _RULE_TEXTS)


def squeeze(text: str) -> str:
    """A label without spaces, line breaks and numbering marks, in one width."""
    return "".join(unicodedata.normalize("NFKC", text[:120]).split())


@lru_cache(maxsize=4096)
def classify(text: str) -> Label | None:
    """The meaning of a whole label or header; None where it is not made of label words only."""
    plain = squeeze(text).strip("*:：。.-—·•、")
    plain = re.sub(r"^[【\[〔《<](.{1,16})[】\]〕》>]$", r"\1", plain)
    bare = _BRACKETS.sub("", plain) or plain
    number = None
    bracketed = _NUMBER_BRACKET.search(plain)
    if bracketed:
        number = normalise(bracketed["n"])
    inside = _NUMBER_INSIDE.search(bare)
    if inside:
        number = normalise(inside["n"])
        bare = bare[: inside.start("n")] + bare[inside.end("n") :]
    if not bare or len(bare) > _LONGEST:
        return None
    own_state = status_header(bare)
    if not _TILING.fullmatch(bare) or _OF_THE_OFFICE.search(bare):
        return Label("state", state=own_state) if own_state else None
    both = _compound(bare)
    if both:
        return both
    for pattern, field, role in _RULES:
        if pattern.search(bare):
            level = re.search(r"([一二三])级", bare)
            label_role = role
            if role == "responsible" and re.search(r"[（(](?:牵头|主办)[）)]", plain):
                label_role = "lead"
            elif role == "responsible" and re.search(r"[（(](?:配合|协办|协助)[）)]", plain):
                label_role = "cooperating"
            if own_state and field in ("on_schedule", "is_completed", "is_signed_off") and "是否" not in bare:
                return Label("state", state=own_state)
            return Label(field, label_role, number, level=_LEVELS[level[1]] if level else 0)
    return Label("state", state=own_state) if own_state else None


_AND: Final = re.compile(r"及|和|与|以及|、|/")


def _compound(bare: str) -> Label | None:
    """整改措施及完成时限, 责任单位及责任人: two fields under one header, read as the one that holds the other."""
    parts = [part for part in _AND.split(bare) if part]
    if len(parts) != 2:
        return None
    first, second = (classify(part) for part in parts)
    if first is None or second is None or "contact" in (first.field, second.field):
        return None
    fields = {first.field, second.field}
    if fields == {"unit"}:
        unit, other = (first, second) if second.role in ("person", "leader") else (second, first)
        people = other.role in ("person", "leader") and unit.role not in ("person", "leader")
        return Label("unit", unit.role, mixed=other.role) if people else None
    dated = fields & {"deadline", "completion"}
    if dated and "unit" in fields:
        return Label("unit", first.role or second.role, mixed="deadline")
    if dated and fields & {"measure", "goal"}:
        return Label("measure" if "measure" in fields else "goal")
    if "measure" in fields and fields & {"unit", "goal"}:
        return Label("measure")
    return Label("issue") if fields == {"issue", "measure"} else None


_NUMBERED: Final = frozenset({"1.", "1、", "(1)", "[1]", "han、", "(han)", "①"})


@lru_cache(maxsize=4096)
def classify_head(text: str) -> Label | None:
    """`classify` for a header that may carry a number of its own (3.整改目标)."""
    plain = squeeze(text)
    found = marker(plain)
    return classify(plain[found.end :] if found and found.style in _NUMBERED else plain)


def classify_column(text: str) -> Label | None:
    """The meaning of a header in a row known to be one: its first words nobody need know (属地责任单位)."""
    plain = squeeze(text)
    label = classify_head(plain)
    if label or len(plain) > _LONGEST or re.search(r"[。；，,;]", plain):
        return label
    ends = (classify(plain[at:]) for at in range(1, len(plain) - 1))
    return next((end for end in ends if end), None)


def classify_start(text: str) -> Label | None:
    """The meaning of a header by its first words (责任单位盖章): a guess, to be asked."""
    plain = squeeze(text)
    if len(plain) > _LONGEST or re.search(r"[。；，,;]", plain):
        return None
    starts = (classify(plain[:at]) for at in range(len(plain) - 1, 1, -1))
    return next((start for start in starts if start and start.field in _GUESSED), None)


_GUESSED: Final = frozenset({"issue", "measure", "goal", "unit", "deadline"})
_LASTING: Final = r"长期坚持|长期整改|持续整改|持续推进|持续坚持|常态化(?:坚持|整改|推进)?|长期"
_AT_ONCE: Final = r"立行立改|立整立改|即知即改|立即整改|立即办理|马上就改"
_TERM: Final = r"限期整改|限时整改|限期完成|集中整改|分阶段整改|阶段性整改|短期|中期|近期|远期"
_KIND: Final = re.compile(
    rf"(?:(?P<lasting>{_LASTING})|(?P<once>{_AT_ONCE})|(?P<term>{_TERM}))(?:类|型)?(?:问题|任务|事项)?"
)


def kinds_of(text: str) -> list[Literal["immediate", "long_term", "term"]] | None:
    """The kinds of deadline that a header or cell names (立行立改、长期坚持); None where it says anything else."""
    plain = _BRACKETS.sub("", squeeze(text))
    found: list[Literal["immediate", "long_term", "term"]] = []
    for part in re.split(r"[、，,；;/和及并]", plain):
        match = _KIND.fullmatch(part)
        if match is None:
            return None
        found.append("long_term" if match["lasting"] else "immediate" if match["once"] else "term")
    return found


_STATUS_HEADERS: Final[tuple[tuple[re.Pattern[str], State], ...]] = (
    (re.compile(r"^(?:已)?(?:完成)?(?:验收)?销号$"), "signed_off"),
    (re.compile(r"^(?:已)?基本完成(?:整改)?$"), "basically_completed"),
    (re.compile(r"^(?:已|全部|已全部)(?:完成|办结|整改到位|整改完成|完成整改)$|^完成整改$|^整改完成$"), "completed"),
    (
        re.compile(
            r"^(?:未|未能|没有)(?:达到?|按)(?:序时|时序)(?:进度)?$|^(?:序时|时序)?(?:进度)?滞后(?:序时|时序)?(?:进度)?$"
        ),
        "behind",
    ),
    (re.compile(r"^(?:已)?(?:达到|按|超过|达)(?:序时|时序)(?:进度)?(?:推进)?$"), "on_schedule"),
    (re.compile(r"^(?:尚未|未)(?:启动|开始|开工)(?:整改)?$"), "not_started"),
    (re.compile(r"^(?:已)?(?:超期|逾期)(?:未完成)?$"), "overdue"),
    (re.compile(r"^(?:正在|持续|有序|长期)?(?:整改|推进|进行)中?$"), "in_progress"),
)


def status_header(text: str) -> State | None:
    """The state that a header or tick-box word names: 未达时序进度 → behind."""
    if text in ("整改", "推进", "进行"):
        return None
    for pattern, state in _STATUS_HEADERS:
        if pattern.match(text):
            return state
    return None


# The words by which a label in running text is known even where no break stands before it (…政府责任人：…).
_CORES: Final = _words(
    "责任单位 责任部门 责任科室 责任人 责任领导 牵头单位 牵头部门 主办单位 主责单位 配合单位 协办单位 "
    "协助单位 参与单位 承办单位 督导单位 督办单位 监管单位 验收单位 销号单位 整改目标 整改标准 整改要求 "
    "整改措施 整改举措 整改任务 整改时限 整改期限 整改时间 完成时限 完成期限 完成时间 办结时限 反馈问题 "
    "反馈意见 整改情况 整改成效 进展情况 完成情况 落实情况 整改进展 整改结果 实施主体 整改主体 存在问题 "
    "问题描述 问题表现 具体问题 主要措施 具体措施 包保领导 包案领导 分管领导 牵头领导 目标要求 工作目标 "
    "工作措施 下一步打算 下步打算 主管部门 监管部门 督导部门 指导单位 责任主体 承办部门 配合部门 协办部门 验收部门"
)
_PREFIXES: Final = [
    "整改",
    "省级",
    "市级",
    "县级",
    "州级",
    "区级",
    "主要",
    "具体",
    "总体",
    "督察",
    "目前",
    "当前",
    "任务",
    "整改任务",
    "整改工作",
    "牵头",
    "配合",
    "市",
    "省",
    "县",
    "行业",
]
CORE: Final = re.compile(
    "(?:(?:" + "|".join(sorted(_PREFIXES, key=len, reverse=True)) + "){0,2}(?:"
    + "|".join(sorted(_CORES, key=len, reverse=True)) + r")(?:及联系方式)?(?:[（(][^（()）]{1,10}[）)])?"
    + rf"|(?:反馈|整改)?(?:问题|任务)\s?(?:[（(](?:{HAN_NUMBER}|\d{{1,2}})[）)]|\d{{1,3}})(?:描述|概述|内容|表现)?)\s?[:：]"
)  # fmt: skip

_STATE_WORDS: Final[tuple[tuple[re.Pattern[str], State], ...]] = (
    (re.compile(r"逾期|超期|未按期|未按时(?:完成|整改)"), "overdue"),
    (re.compile(r"未(?:能)?(?:达到?|按)(?:序时|时序)|滞后(?:于)?(?:序时|时序)|(?:序时|时序)进度滞后"
    r"|进度滞后"), "behind"),
    (re.compile(r"(?:尚未|未|没有|还未)(?:启动|开始整改|动工)|^未开展"), "not_started"),
    (re.compile(r"未整改到位|部分(?:整改到位|完成)|未完成|尚未完成|未整改|没有完成|未办结"), "in_progress"),
    (re.compile(r"(?:已|完成|通过)[^，。；不未]{0,8}销号(?!公示|申请|程序|资料|材料|条件|准备|前|工作)|^销号$"
    r"|^已销"), "signed_off"),
    (re.compile(r"(?:同意|予以|准予|符合|达到)[^，。；不未]{0,6}销号"), "signed_off"),
    (re.compile(r"(?:未|没有|不予?)(?:能)?(?:通过|同意)[^，。；]{0,6}验收|验收(?:不合格|未通过|不通过)"), "in_progress"),
    (re.compile(r"(?:通过|同意)(?:了)?[^，。；不未]{0,12}验收|验收(?:结论[为是:：]?|结果[为是:：]?)?(?:合格|通过)|结论[为是:：]?[^，。；]{0,4}(?:通过|合格)"
    r"|^(?:合格|通过)[。！]?$"), "completed"),
    (re.compile(r"基本(?:已)?(?:完成|整改到位|办结)|阶段性(?:完成|办结)"), "basically_completed"),
    (re.compile(
        r"(?:已|全部|均|提前|如期|按期|已经)+(?:按期|如期|按要求|全面|全部|按时)*(?:完成整改|整改完成|整改到位|整改完毕|完成(?=[。；，,!！\s]|$|了?整改)|办结|解决到位)"
        r"|完成整改|整改(?:任务)?(?:已|全部|均已)+(?:全部)?完成|整改到位|^(?:已)?(?:完成|办结|完成整改"
        r"|整改完成)[。！]?$|^(?:已)?完成[（(，,]"), "completed"),
    (re.compile(r"达到?(?:了)?(?:序时|时序)|(?:按|超)(?:序时|时序|计划|时间节点)(?:进度)?(?:有序|加快|正常"
    r"|稳步)?推进|^达到$|超过(?:序时|时序)"), "on_schedule"),
    (re.compile(r"正在整改|整改中|推进中|进行中|正在推进|持续(?:推进|整改)|有序推进|正在办理|正在进行"), "in_progress"),
)  # fmt: skip


@lru_cache(maxsize=4096)
def state_of(text: str) -> State | None:
    """The state that a status cell or status sentence names; None where it only tells what was done."""
    plain = squeeze(text[:400])
    for pattern, state in _STATE_WORDS:
        if pattern.search(plain):
            return state
    return None


_WHOLE: Final = re.compile(
    r"^(?:\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?)?(?:目前|现|截至[^，,。]{0,14}[，,])*(?:该|此|本)?(?:项)?(?:整改|反馈)?(?:问题|任务|事项|工作)?(?P<rest>.{2,60})$"
)


@lru_cache(maxsize=4096)
def state_of_progress(text: str) -> State | None:
    """The state that a progress text states of the whole item: 该问题已完成整改 does, 已完成立项, 已整改32处 do not."""
    for at, clause in enumerate(re.split(r"[。！;；\n，,（(]", squeeze(text[:2000]))):
        clause = clause.rstrip(".．")
        match = _WHOLE.match(clause)
        rest = match["rest"] if match else clause
        if at and re.fullmatch(_ADVERB + "(?:完成|实现|办结)", clause):
            continue  # 一期工程，已完成: only a part
        for pattern, state in _STATED:
            if pattern.fullmatch(rest):
                return state
    return None


_ADVERB: Final = r"(?:已|已经|均|均已|全部|全面|按期|如期|按时|提前|整体|现已|总体|按要求|圆满|顺利)*"
_STATED: Final[tuple[tuple[re.Pattern[str], State], ...]] = (
    (re.compile(r"(?:尚未|未|没有|还未)(?:启动|开始)(?:整改)?"), "not_started"),
    (re.compile(r"(?:未|未能|没有)(?:达到?|按)(?:序时|时序)(?:进度)?(?:要求|推进)?|(?:序时)?进度滞后"), "behind"),
    (re.compile(r"(?:已)?(?:逾期|超期)(?:未完成)?(?:整改)?"), "overdue"),
    (re.compile(r"(?:正在|持续)(?:整改|推进)(?:中)?|整改中|推进中|未整改到位|部分整改到位|(?:尚)?未完成(?:整改)?"
    r"|有序推进(?:中)?"), "in_progress"),
    (re.compile(_ADVERB + r"(?:完成整改|整改完成|整改到位|完成)[，并且已通过]{1,4}.{0,6}(?:验收)?销号"), "signed_off"),
    (re.compile(_ADVERB + r"(?:通过|完成)(?:省级|市级|县级|区级)?(?:验收)?(?:并)?销号|已(?:验收)?销号"), "signed_off"),
    (re.compile(r"(?:已|目前已)?基本(?:完成|整改到位|办结)(?:整改)?(?:任务|目标)?"), "basically_completed"),
    (re.compile(
        _ADVERB + r"(?:完成|整改完成|完成整改|整改到位|整改完毕|办结)(?:整改)?(?:任务|工作|目标"
        r"|目标任务)?(?:交账)?"), "completed"),
    (re.compile(r"(?:整改)?(?:任务|工作|目标|问题|措施)?" + _ADVERB + r"(?:完成|整改到位|实现)(?:整改)?(?:任务"
    r"|目标)?"), "completed"),
    (re.compile(r"完成全部整改(?:内容|任务)|已完成全部整改(?:内容|任务|工作)"), "completed"),
    (re.compile(r"(?:已)?(?:达到|超过)(?:序时|时序)(?:进度)?(?:要求)?|按(?:序时|时序)(?:进度)?(?:加快|有序"
    r"|正常)?推进"), "on_schedule"),
)  # fmt: skip

_UNDER_STATE: Final = re.compile(
    r"类?(?:的)?(?:\d{1,3}[个项件条])?(?:的)?(?:(?:反馈|整改|具体|突出|重点)*(?:问题|任务|事项|信访件|案件|工作)(?:清单|情况)?)?"
    r"(?:[（(][^（()）]{0,16}[）)])?(?:[，,:]?共?计?\d{1,3}[个项件条])?[。:]?"
)
_OF_HEADINGS: Final[tuple[tuple[re.Pattern[str], State], ...]] = (
    (re.compile(r"(?:已|已经)?(?:验收|完成)?销号"), "signed_off"),
    (re.compile(r"(?:已|已经)?(?:基本|阶段性)(?:完成|办结|整改到位|解决)(?:整改)?|(?:已)?取得阶段性(?:成效|进展|成果)"), "basically_completed"),
    (re.compile(r"(?:已|已经|全部|全面|按期|提前)+(?:完成|办结|解决|整改)(?:整改|到位|完成|完毕)?|完成整改|整改(?:已)?(?:完成|到位)"), "completed"),
    (re.compile(r"(?:已)?(?:达到|按)(?:序时|时序)(?:进度)?(?:推进|整改)?"), "on_schedule"),
    (re.compile(r"(?:未|未能|没有)(?:达到?|按)(?:序时|时序)(?:进度)?(?:推进|整改|要求)?|(?:整改)?进[度展](?:滞后|缓慢)"), "behind"),
    (re.compile(r"(?:尚未|未|还未)(?:启动|开始|开展)(?:整改)?"), "not_started"),
    (re.compile(r"(?:已)?(?:逾期|超期)(?:未完成|未整改|未办结)?(?:整改)?|未按期完成(?:整改)?"), "overdue"),
    (re.compile(r"(?:正在|有序|加快|仍在)+(?:推进|整改|办理|进行|落实|实施)(?:整改|落实|办理)?(?:中)?|持续推进(?:整改)?|(?:整改|推进|办理|进行)中"
    r"|(?:尚未|未|还未)(?:完成|办结|整改)(?:整改|到位|完成)?"), "in_progress"),
)  # fmt: skip


def state_of_heading(text: str) -> State | None:
    """The state of the issues below a heading that groups by state: 正在推进整改的问题（2个）, 已办结事项, 基本完成整改5个.
    Standing demands (需长期坚持的问题) state none."""
    plain = squeeze(text)
    found = marker(plain)
    plain = plain[found.end :] if found and found.style in _NUMBERED else plain
    for pattern, state in _OF_HEADINGS:
        match = pattern.match(plain)
        told = match is not None and (
            match.end() < len(plain) or match[0].startswith(("已", "正在", "尚未", "未", "基本"))
        )
        if match and told and _UNDER_STATE.fullmatch(plain, match.end()):
            return state
    return None


_YES: Final = re.compile(r"^(?:是|已|√|✓|✔|☑|✅|达到|已达到|达标|完成|已完成|已销号|有|对|y|yes|1)", re.IGNORECASE)
_NO: Final = re.compile(r"^(?:否|未|没|不|×|✗|✘|x|n|no|尚未|0)", re.IGNORECASE)


def yes_no(text: str) -> bool | None:
    """A cell under 是否…: True, False, or None for a blank, —— or anything else."""
    plain = squeeze(text)
    if _NO.match(plain):
        return False
    return True if _YES.match(plain) else None


_BOX: Final = re.compile(r"[□☐○◯〇▢☑✓✔√☒■●◉✅☒][^□☐○◯〇▢☑✓✔√☒■●◉✅\n]{0,30}|[^□☐▢☑✓✔√☒■◉✅\n]{1,20}[☑✓✔√✅]")
_TICKED: Final = "☑✓✔√☒■●◉✅"
TICK: Final = re.compile(r"\s*[☑✓✔√✅■●]\s*")


_SIGNS: Final = "□☐○◯〇▢☑✓✔√☒■●◉✅"
# 已完成（√） 正在推进（ ）, and 已完成☑ 正在推进□: the box stands behind its word.
_BEHIND: Final = re.compile(r"([^\s（()）□☐▢☑✓✔√☒■✅；;、，,]{2,12})\s?(?:[（(]\s*([√✓✔☑])?\s*[）)]|([□☐▢☑√✔✓☒■✅]))")
_IN_BRACKETS: Final = re.compile(r"[（(]\s*[√✓✔☑]?\s*[）)]")


def has_boxes(text: str) -> bool:
    """Whether a cell holds tick boxes."""
    return any(char in text for char in "□☐▢☑☒✅") or len(_IN_BRACKETS.findall(text[:2000])) > 1


def ticked(text: str) -> list[str]:
    """The words beside the ticked boxes of a cell, in order; the box stands before its word, or behind each."""
    text = text[:2000].strip()
    if _IN_BRACKETS.match(text):  # （√）已完成 （ ）正在推进
        text = _IN_BRACKETS.sub(lambda box: "☑" if box[0].strip("（() ）\u3000") else "□", text)
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    behind = all(line[0] not in _SIGNS and line[-1] in _SIGNS + "）)" for line in lines)
    if behind:
        found = [(match[1], match[2] or match[3] or "") for match in _BEHIND.finditer(text)]
        return [squeeze(word) for word, sign in found if sign and sign in _TICKED]
    words = []
    for match in _BOX.finditer(text):
        piece = match[0].strip()
        if piece and piece[0] in _TICKED:
            words.append(squeeze(piece[1:]).strip("：:。；;、,，"))
    return [word for word in words if word]


def ticked_state(text: str) -> State | None:
    """The state of the ticked box; where several are ticked, the furthest one."""
    states = [status_header(word) or state_of(word) for word in ticked(text)]
    known = [state for state in states if state]
    order: tuple[State, ...] = ("signed_off", "completed", "basically_completed", "overdue", "behind", "on_schedule")
    return min(known, key=lambda s: order.index(s) if s in order else len(order)) if known else None
