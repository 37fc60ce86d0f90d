"""The demonstration city 云岭市: its units, inspections, issues, measures and stocks of sentences, as plain data.

Invented throughout: no place, person or paper is real, and all days are offsets from the demonstration's today. What
becomes of a measure is told by its fate; turning fates into acts and all of it into rows is demo.py's.
"""

from __future__ import annotations

from dataclasses import dataclass

CITY = "云岭市"
OFFICE = "市整改办"

FATES: dict[str, str] = {
    "signed_off": "accepted in time and signed off since",
    "completed_early": "submitted and accepted well before a deadline that still lies ahead",
    "completed_in_time": "submitted on or before a past deadline, accepted, not yet signed off",
    "completed_late": "submitted after a past deadline, accepted, not yet signed off",
    "completed_after_return": "submitted, returned once with a reason, submitted again before the deadline, accepted",
    "basically_completed": "a report claiming 基本完成 was confirmed by whoever decides; the deadline lies ahead",
    "overdue_open": "the deadline has passed, reports came, nothing was submitted",
    "overdue_returned": "submitted in time, returned after the deadline, open since",
    "behind_milestone": "a dated milestone has passed unreached; the deadline lies ahead",
    "behind_quantity": "the reported figure lies below the planned line; the deadline lies ahead",
    "behind_confirmed": "the office confirmed it as behind, with a reason; the deadline lies ahead",
    "not_started": "the last report says 尚未启动; the deadline lies ahead",
    "unreported": "the last round passed without a report, or its deadline is still to be answered",
    "pending": "submitted in time and not yet decided",
    "on_schedule": "reported in every round, milestones due so far reached",
    "report_returned": "on schedule; its report of the open round was returned for correction and not yet sent again",
    "on_schedule_unreported": "entered only lately: its first cut-off is still ahead",
    "long_term": "长期坚持 without a date, reported, never finished",
    "long_term_done": "its stage task accepted, kept up for ever",
    "extended": "an extension to EXTENDED_TO_DAYS was approved before the printed deadline passed; on schedule since",
    "reopened": "accepted once, relapsed, reopened with a deadline on REOPENED_TO_DAYS; on schedule since",
}
DONE_FATES = frozenset(
    {
        "signed_off",
        "completed_early",
        "completed_in_time",
        "completed_late",
        "completed_after_return",
        "long_term_done",
    }
)
EXTENDED_TO_DAYS = 30
REOPENED_TO_DAYS = 90


@dataclass(frozen=True)
class DemoRegion:
    """A district or county of the city, or the city itself for its own departments."""

    name: str


@dataclass(frozen=True)
class DemoUnit:
    """A unit; parent is a unit's name or None; kind is office, department, county, town or company."""

    name: str
    region: str
    parent: str | None
    aliases: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class DemoPerson:
    """An account of the demonstration, named after its post; role is one of the ledger's roles."""

    username: str
    display_name: str
    role: str
    unit: str


@dataclass(frozen=True)
class DemoInspection:
    """One inspection; level is central, provincial or city, kind is inspection, xunshi, assessment or checks."""

    key: str
    name: str
    level: str
    field: str
    kind: str
    team: str
    feedback_offset_days: int
    issued_offset_days: int
    sources: tuple[str, ...]
    confidential: bool
    basically_counts_as_done: bool


@dataclass(frozen=True)
class DemoDeadline:
    """raw_kind is date, immediate, long_term, date_long_term or ask; only the two with a date carry an offset."""

    offset_days: int | None
    raw_kind: str


@dataclass(frozen=True)
class DemoMeasure:
    """A measure; deadline and units are None where it has its issue's; fate is a key of FATES."""

    text: str
    deadline: DemoDeadline | None
    units: tuple[str, ...] | None
    milestones: tuple[tuple[int, str], ...]
    target: tuple[int, str] | None
    fate: str


@dataclass(frozen=True)
class DemoIssue:
    """An issue with its measures in printed order; unit fields hold names of UNITS."""

    inspection: str
    number: str
    upper_number: str | None
    category: str
    text: str
    goal: str
    source: str | None
    lead: str
    responsible: tuple[str, ...]
    cooperating: tuple[str, ...]
    supervising: tuple[str, ...]
    acceptance: tuple[str, ...]
    deadline: DemoDeadline
    measures: tuple[DemoMeasure, ...]


@dataclass(frozen=True)
class DemoLink:
    """A measure, the `measure`-th of its issue, that answers an issue of another inspection too (共同措施)."""

    inspection: str
    number: str
    measure: int
    other_inspection: str
    other_number: str


REGIONS: tuple[DemoRegion, ...] = tuple(
    DemoRegion(name) for name in (CITY, "锦川区", "沁湖区", "青禾县", "临溪县", "松坪县", "岚河县", "石盘县", "望岭县")
)
COUNTIES: tuple[str, ...] = tuple(region.name for region in REGIONS[1:])


def _department(name: str, *aliases: str, kind: str = "department") -> DemoUnit:
    return DemoUnit(name, CITY, None, (CITY + name.removeprefix("市"), *aliases), kind)


def _county(name: str) -> DemoUnit:
    return DemoUnit(f"{name}人民政府", name, None, (name, f"{name}政府", f"{CITY}{name}人民政府"), "county")


def _bureau(county: str, name: str, *aliases: str, kind: str = "department") -> DemoUnit:
    return DemoUnit(name, county, f"{county}人民政府", aliases, kind)


UNITS: tuple[DemoUnit, ...] = (
    _department(OFFICE, "市督察整改工作领导小组办公室", "市整改领导小组办公室", kind="office"),
    _department("市委办公室", "市委办"),
    _department("市政府办公室", "市政府办", "市人民政府办公室"),
    _department("市委组织部"),
    _department("市纪委监委", "市纪委", "市监委"),
    _department("市发展和改革委员会", "市发展改革委", "市发改委"),
    _department("市工业和信息化局", "市工信局", "市经信局"),
    _department("市财政局"),
    _department("市自然资源和规划局", "市自然资源局", "市国土资源局"),
    _department("市生态环境局", "市环保局", "市环境保护局"),
    _department("市住房和城乡建设局", "市住建局"),
    _department("市城市管理局", "市城管局", "市综合行政执法局"),
    _department("市交通运输局", "市交通局"),
    _department("市水利局", "市水务局"),
    _department("市农业农村局", "市农业局"),
    _department("市林业局", "市林草局"),
    _department("市乡村振兴局", "市扶贫办", "市扶贫开发办公室"),
    _department("市教育局"),
    _department("市卫生健康委员会", "市卫生健康委", "市卫健委"),
    _department("市人力资源和社会保障局", "市人社局"),
    _department("市民政局"),
    _department("市医疗保障局", "市医保局"),
    *(_county(name) for name in COUNTIES),
    _bureau("锦川区", "锦川区住房和城乡建设局", "锦川区住建局"),
    _bureau("沁湖区", "沁湖区城市管理局", "沁湖区城管局"),
    _bureau("青禾县", "青禾县水利局"),
    _bureau("青禾县", "柳湾镇人民政府", "柳湾镇", kind="town"),
    _bureau("临溪县", "临溪县农业农村局"),
    _bureau("松坪县", "松坪县自然资源局"),
    _bureau("岚河县", "岚河县乡村振兴局", "岚河县扶贫办"),
    _bureau("石盘县", "石盘县交通运输局"),
    _bureau("望岭县", "望岭县教育局"),
    DemoUnit("云岭高新技术产业园区管理委员会", "锦川区", None, ("云岭高新区管委会", "高新区管委会"), "department"),
    DemoUnit("云岭水务集团有限公司", CITY, "市水利局", ("市水务集团", "云岭水务集团"), "company"),
    DemoUnit("云岭城市建设投资集团有限公司", CITY, "市住房和城乡建设局", ("市城投集团", "云岭城投"), "company"),
)

PEOPLE: tuple[DemoPerson, ...] = (
    DemoPerson("zhenggai", "市整改办综合组", "office", OFFICE),
    DemoPerson("diaodu", "市整改办调度组", "office", OFFICE),
    DemoPerson("guanli", "市整改办系统管理员", "admin", OFFICE),
    DemoPerson("shenji", "市纪委监委审计查阅员", "auditor", "市纪委监委"),
    DemoPerson("lingdao", "市政府分管负责同志", "leader", "市政府办公室"),
    DemoPerson("shiwei", "市委分管负责同志", "leader", "市委办公室"),
    DemoPerson("huanjing", "市生态环境局督导员", "supervisor", "市生态环境局"),
    DemoPerson("zhujian", "市住房和城乡建设局督导员", "supervisor", "市住房和城乡建设局"),
    DemoPerson("shuili", "市水利局督导员", "supervisor", "市水利局"),
    DemoPerson("nongye", "市农业农村局督导员", "supervisor", "市农业农村局"),
    DemoPerson("ziran", "市自然资源和规划局督导员", "supervisor", "市自然资源和规划局"),
    DemoPerson("fupin", "市乡村振兴局督导员", "supervisor", "市乡村振兴局"),
    DemoPerson("jiwei", "市纪委监委督导员", "supervisor", "市纪委监委"),
    DemoPerson("zuzhi", "市委组织部督导员", "supervisor", "市委组织部"),
    DemoPerson("shuili_tb", "云岭市水利局填报员", "clerk", "市水利局"),
    DemoPerson("zhujian_tb", "云岭市住房和城乡建设局填报员", "clerk", "市住房和城乡建设局"),
    DemoPerson("huanjing_tb", "云岭市生态环境局填报员", "clerk", "市生态环境局"),
    DemoPerson("gaoxin_tb", "云岭高新区管委会填报员", "clerk", "云岭高新技术产业园区管理委员会"),
    DemoPerson("shuiwu_tb", "云岭水务集团填报员", "clerk", "云岭水务集团有限公司"),
    DemoPerson("jinchuan", "锦川区整改工作负责人", "lead", "锦川区人民政府"),
    DemoPerson("jinchuan_tb", "锦川区填报员", "clerk", "锦川区人民政府"),
    DemoPerson("qinhu", "沁湖区整改工作负责人", "lead", "沁湖区人民政府"),
    DemoPerson("qinhu_tb", "沁湖区填报员", "clerk", "沁湖区人民政府"),
    DemoPerson("qinghe", "青禾县整改工作负责人", "lead", "青禾县人民政府"),
    DemoPerson("qinghe_tb", "青禾县填报员", "clerk", "青禾县人民政府"),
    DemoPerson("qinghe_sl", "青禾县水利局填报员", "clerk", "青禾县水利局"),
    DemoPerson("linxi_tb", "临溪县填报员", "clerk", "临溪县人民政府"),
    DemoPerson("songping_tb", "松坪县填报员", "clerk", "松坪县人民政府"),
    DemoPerson("lanhe_tb", "岚河县填报员", "clerk", "岚河县人民政府"),
    DemoPerson("shipan_tb", "石盘县填报员", "clerk", "石盘县人民政府"),
    DemoPerson("wangling_tb", "望岭县填报员", "clerk", "望岭县人民政府"),
)

INSPECTIONS: tuple[DemoInspection, ...] = (
    DemoInspection(
        "central", "中央第五环境保护督察组督察", "central", "environment", "inspection", "中央第五环境保护督察组",
        -765, -705, (), False, False,
    ),
    DemoInspection(
        "provincial", "省生态环境保护督察", "provincial", "environment", "inspection", "省生态环境保护督察组",
        -560, -505, (), False, False,
    ),
    DemoInspection(
        "central_poverty", "中央脱贫攻坚专项巡视", "central", "poverty", "xunshi", "中央巡视组",
        -780, -725, (), True, False,
    ),
    DemoInspection(
        "provincial_poverty", "十届省委脱贫攻坚专项巡视", "provincial", "poverty", "xunshi", "省委巡视组",
        -720, -660, (), False, False,
    ),
    DemoInspection(
        "checks", "2016年以来扶贫领域各类监督检查", "provincial", "poverty", "checks", "各级监督检查组",
        -770, -715,
        (
            "2016年省财政扶贫资金专项检查", "2016年市人大常委会扶贫工作视察", "2017年省脱贫攻坚督查巡查",
            "2017年扶贫领域作风问题专项检查", "2017年市委脱贫攻坚专项巡察", "2018年省扶贫审计",
            "2018年民主监督调研", "2018年省行业扶贫政策抽查",
        ),
        False, False,
    ),
    DemoInspection(
        "assessment", "2018年脱贫攻坚成效考核", "provincial", "poverty", "assessment", "省脱贫攻坚成效考核组",
        -330, -280, (), False, True,
    ),
)  # fmt: skip


def _by(offset_days: int) -> DemoDeadline:
    return DemoDeadline(offset_days, "date")


def _by_and_on(offset_days: int) -> DemoDeadline:
    return DemoDeadline(offset_days, "date_long_term")


AT_ONCE = DemoDeadline(None, "immediate")
FOR_EVER = DemoDeadline(None, "long_term")
TO_BE_ASKED = DemoDeadline(None, "ask")

_SUPERVISORS = {
    "central": "市生态环境局", "provincial": "市生态环境局", "central_poverty": "市乡村振兴局",
    "provincial_poverty": "市乡村振兴局", "checks": "市纪委监委", "assessment": "市乡村振兴局",
}  # fmt: skip


def _m(
    text: str,
    fate: str,
    due: DemoDeadline | None = None,
    units: tuple[str, ...] | None = None,
    stages: tuple[tuple[int, str], ...] = (),
    target: tuple[int, str] | None = None,
) -> DemoMeasure:
    return DemoMeasure(text, due, units, stages, target, fate)


def _issue(
    inspection: str,
    number: int,
    upper_number: str | None,
    category: str,
    text: str,
    goal: str,
    lead: str,
    deadline: DemoDeadline,
    measures: tuple[DemoMeasure, ...],
    *,
    responsible: tuple[str, ...] = (),
    cooperating: tuple[str, ...] = (),
    supervising: tuple[str, ...] | None = None,
    acceptance: tuple[str, ...] = (),
    source: str | None = None,
) -> DemoIssue:
    """An issue whose supervising unit, unless given, is the one usual for its inspection, never its own lead."""
    usual = _SUPERVISORS[inspection]
    if supervising is None:
        supervising = () if lead == usual else (usual,)
    return DemoIssue(
        inspection, str(number), upper_number, category, text, goal, source, lead, responsible or (lead,),
        cooperating, supervising, acceptance, deadline, measures,
    )  # fmt: skip


_CENTRAL: tuple[DemoIssue, ...] = (
    _issue(
        "central",
        1,
        "省序号2",
        "责任落实",
        "云岭市生态环境保护议事协调机制运转不畅，近两年市级专题研究环保工作仅三次，"
        "锦川区、望岭县对上级交办事项层层转发，一转了之。",
        "建立常态化研究、交办、督办、问效机制，县区党政主要负责同志责任清单全部落实。",
        "市委办公室",
        _by(-610),
        (
            _m("修订市、县两级党委政府及有关部门生态环境保护责任清单，逐条明确四十三家单位的职责边界。", "signed_off"),
            _m(
                "市委常委会会议、市政府常务会议每季度至少专题研究一次生态环境保护工作，议定事项由市委办公室建账督办。",
                "signed_off",
            ),
            _m("对锦川区、望岭县转办件落实情况开展回访核查，核查结果在全市整改工作推进会上通报。", "signed_off"),
        ),
        responsible=("市委办公室", "市政府办公室"),
        cooperating=("锦川区人民政府", "望岭县人民政府"),
    ),
    _issue(
        "central",
        2,
        "省序号2",
        "责任落实",
        "生态环境考核权重偏低，县区年度综合考核中环保指标仅占三分，且连续两年无一县区因环保问题扣分。",
        "考核权重与生态环境保护任务相匹配，考核结果真实反映工作差距。",
        "市委组织部",
        _by(-560),
        (
            _m("将县区年度综合考核中生态环境指标权重由三分提高至十二分，园区管委会同步设置考核指标。", "signed_off"),
            _m("建立考核结果与干部选拔任用挂钩办法，对整改不力的领导班子实行评先评优一票否决。", "signed_off"),
        ),
        cooperating=("市生态环境局",),
    ),
    _issue(
        "central",
        3,
        "省序号5",
        "水环境",
        "城市建成区柳荫沟、东塘渠、纸坊河三条黑臭水体治理后返黑返臭，沿线仍有十七个污水直排口。",
        "三条水体沿线直排口全部封堵，透明度、溶解氧等四项指标连续六个月达到消除黑臭标准。",
        "市住房和城乡建设局",
        _by(-400),
        (
            _m(
                "对柳荫沟、东塘渠、纸坊河沿线逐口溯源，封堵或截流十七个污水直排口，建立一口一档。",
                "signed_off",
                target=(17, "个"),
            ),
            _m(
                "实施纸坊河底泥清淤工程，清运底泥三万六千立方米，并在上游新建一座生态补水泵站，保证枯水期流量。",
                "signed_off",
            ),
            _m("委托第三方每月监测三条水体水质并在市政府网站公开，群众满意度测评不低于九成。", "signed_off"),
        ),
        responsible=("市住房和城乡建设局", "锦川区人民政府"),
        cooperating=("市水利局", "市城市管理局"),
        acceptance=("市住房和城乡建设局", "市生态环境局"),
        supervising=("市生态环境局",),
    ),
    _issue(
        "central",
        4,
        "省序号5",
        "水环境",
        "市第二污水处理厂长期超负荷运行，日均进水量达设计规模的一点三倍，溢流污水直接进入锦川河。",
        "新增处理能力五万吨每日，出水稳定达到一级标准中的较严限值，杜绝溢流。",
        "云岭水务集团有限公司",
        _by(-150),
        (
            _m(
                "建成市第二污水处理厂二期工程，新增日处理能力五万吨，采用改良型生物脱氮除磷加深床滤池工艺，"
                "同步配套污泥脱水车间、除臭设施和出水在线监测站房；工程建设期间由水务集团每半月"
                "向市住房和城乡建设局报送形象进度，涉及征地、供电、道路开口等问题由市政府分管负"
                "责同志现场协调，建成后经六十天试运行、出水连续达标方可转入正式运行。",
                "signed_off",
                stages=((-520, "完成可行性研究批复和用地手续"), (-380, "主体工程完工"), (-230, "设备安装并通水试运行")),
            ),
            _m(
                "在厂前溢流口加装流量计和视频监控，数据接入市生态环境局监控平台，溢流情况一小时内报告。",
                "completed_in_time",
            ),
            _m("对原一期工程曝气系统进行节能改造，更换老化风机六台，恢复原设计处理能力。", "completed_late", _by(-260)),
        ),
        responsible=("云岭水务集团有限公司", "市住房和城乡建设局"),
        supervising=("市生态环境局", "市住房和城乡建设局"),
        acceptance=("市住房和城乡建设局",),
    ),
    _issue(
        "central",
        5,
        "省序号6",
        "水环境",
        "锦川老城区四十二公里排水管网雨污混接、破损渗漏严重，污水厂进水化学需氧量浓度长期低于每升一百毫克。",
        "老城区管网混错接改造全部完成，污水厂进水浓度提高到设计值的七成以上。",
        "锦川区住房和城乡建设局",
        _by(-75),
        (
            _m(
                "完成老城区四十二公里雨污分流管网改造，按鼓楼片区、北门片区、"
                "纺织厂家属区的先后次序分三个标段组织施工，同步更换破损检查井六百八十座、"
                "改造雨水口一千一百处，施工期间设置临时导排设施，确保沿线居民正常排水；"
                "每个标段完工后逐段进行闭水试验和管道内窥检测，检测合格方可回填恢复路面，并绘制竣工图移交水务集团统一养护。",
                "overdue_open",
                stages=((-420, "鼓楼片区十一公里管网完工"), (-240, "北门片区十六公里管网完工")),
                target=(42, "公里"),
            ),
            _m(
                "对三百二十个居民小区和单位内部排水户开展混接排查，逐户下达整改通知并由街道跟踪到户。",
                "on_schedule",
                _by(20),
                stages=((-200, "完成小区内部管网普查"), (-70, "完成八成排水户改造")),
            ),
            _m("建立排水管网地理信息系统，录入管网、检查井和排口数据，实现病害点位上图管理。", "signed_off", _by(-330)),
        ),
        responsible=("锦川区住房和城乡建设局", "锦川区人民政府", "云岭城市建设投资集团有限公司"),
        cooperating=("市财政局", "云岭水务集团有限公司"),
        supervising=("市住房和城乡建设局", "市生态环境局"),
        acceptance=("市住房和城乡建设局",),
    ),
    _issue(
        "central",
        6,
        "省序号8",
        "水环境",
        "沁湖总磷浓度不降反升，环湖二十六家餐饮船、垂钓平台生活污水未收集，湖滨带被围垦种菜约四百亩。",
        "沁湖湖心断面总磷稳定达到三类标准，湖滨带违规占用全部清退。",
        "沁湖区人民政府",
        _by(-480),
        (
            _m(
                "取缔环湖餐饮船和垂钓平台二十六处，拆除物当日上岸处置，对经营户逐户落实转产帮扶。",
                "signed_off",
                target=(26, "处"),
            ),
            _m("清退湖滨带围垦菜地四百亩，补植芦苇、菖蒲等水生植物，恢复缓冲带平均宽度三十米以上。", "signed_off"),
            _m(
                "在入湖的青石港、莲花港河口各建一处人工湿地，削减入湖总磷负荷，并委托市生态环境局按月监测进出水水质。",
                "signed_off",
            ),
        ),
        responsible=("沁湖区人民政府", "沁湖区城市管理局"),
        cooperating=("市水利局", "市农业农村局"),
        acceptance=("市生态环境局",),
    ),
    _issue(
        "central",
        7,
        "省序号8",
        "水环境",
        "沁湖流域水产养殖尾水直排，五千八百亩精养池塘仅三成建有尾水处理设施。",
        "连片三十亩以上养殖池塘尾水处理设施全覆盖，尾水达标排放或循环利用。",
        "市农业农村局",
        _by(-430),
        (
            _m("编制沁湖流域养殖水域滩涂规划，划定禁养区、限养区，禁养区内网箱和围栏全部退出。", "signed_off"),
            _m(
                "对连片三十亩以上精养池塘实施“三池两坝”尾水治理改造，改造面积不少于四千二百亩。",
                "signed_off",
                target=(4200, "亩"),
            ),
            _m(
                "推广稻渔综合种养和鱼菜共生模式两千亩，每季度抽测养殖尾水，不达标的责令停排整改。",
                "completed_after_return",
            ),
        ),
        responsible=("市农业农村局", "沁湖区人民政府"),
        acceptance=("市生态环境局",),
    ),
    _issue(
        "central",
        8,
        "省序号9",
        "饮用水安全",
        "柳湾水库一级保护区内仍有农户五十三户、农家乐四家，县级备用水源地迟迟未建成。",
        "一级保护区内与供水无关的建筑和经营活动全部清退，备用水源具备应急供水能力。",
        "青禾县人民政府",
        _by(-360),
        (
            _m(
                "搬迁柳湾水库一级保护区内农户五十三户，集中安置到双桥社区，原宅基地拆除复绿。",
                "signed_off",
                target=(53, "户"),
            ),
            _m("关停保护区内四家农家乐，撤除餐饮、住宿标识和排污管线，收回经营场地并移交水库管理所。", "signed_off"),
            _m(
                "建成石鼓溪备用水源取水口及十二公里输水管线，完成水质检测和联合调度演练。",
                "signed_off",
                _by(-215),
                ("青禾县水利局",),
            ),
        ),
        responsible=("青禾县人民政府", "柳湾镇人民政府"),
        cooperating=("市水利局",),
        acceptance=("市生态环境局", "市水利局"),
    ),
    _issue(
        "central",
        9,
        "省序号9",
        "饮用水安全",
        "全市六十一个乡镇集中式饮用水水源地中，有二十四个未划定保护区，标志标牌缺失。",
        "乡镇集中式水源地保护区划定率、标志设置率均达到百分之百。",
        "市生态环境局",
        _by(-530),
        (
            _m("完成二十四个乡镇集中式饮用水水源保护区划定方案编制、技术审查和报批。", "signed_off", target=(24, "个")),
            _m("在乡镇水源地取水口、交通穿越处设置界碑、警示牌和隔离网，并将位置信息统一上图。", "signed_off"),
        ),
        responsible=("市生态环境局", "市水利局"),
        cooperating=("青禾县人民政府", "临溪县人民政府", "松坪县人民政府"),
    ),
    _issue(
        "central",
        10,
        "省序号12",
        "大气环境",
        "城区细颗粒物年均浓度连续两年反弹，施工扬尘、餐饮油烟和秸秆焚烧管控粗放。",
        "细颗粒物年均浓度降至每立方米三十五微克以下，优良天数比例不低于百分之八十八。",
        "市生态环境局",
        _by(-345),
        (
            _m(
                "城区在建工地全部落实围挡、覆盖、冲洗等“六个百分之百”，一百四十六个工地安装扬尘在线监测设备并联网。",
                "signed_off",
                None,
                ("市住房和城乡建设局",),
                target=(146, "个"),
            ),
            _m(
                "建成区餐饮服务单位油烟净化设施安装率达到百分之百，每年清洗不少于两次，台账留存备查。",
                "signed_off",
                None,
                ("市城市管理局",),
            ),
            _m(
                "划定秸秆禁烧网格一千一百个，建设高空瞭望视频点位八十处，对火点实行半小时到场处置。",
                "completed_in_time",
                None,
                ("市农业农村局",),
            ),
        ),
        responsible=("市生态环境局", "市住房和城乡建设局", "市城市管理局", "市农业农村局"),
    ),
    _issue(
        "central",
        11,
        "省序号12",
        "大气环境",
        "市区建成区仍有十九台每小时十蒸吨以下燃煤锅炉未淘汰，部分企业以生物质名义掺烧散煤。",
        "建成区十蒸吨以下燃煤锅炉清零，生物质锅炉专用设备和除尘设施全部到位。",
        "市工业和信息化局",
        _by(-590),
        (
            _m(
                "拆除或改造建成区十九台十蒸吨以下燃煤锅炉，逐台留存拆除前后影像和注销登记证明。",
                "signed_off",
                target=(19, "台"),
            ),
            _m(
                "对三十七台生物质锅炉开展燃料抽检和在线监测联网，发现掺烧散煤的依法立案查处。",
                "signed_off",
                None,
                ("市生态环境局",),
            ),
        ),
        responsible=("市工业和信息化局", "市生态环境局"),
        acceptance=("市生态环境局",),
        supervising=(),
    ),
    _issue(
        "central",
        12,
        "省序号13",
        "大气环境",
        "老旧柴油货车淘汰进度滞后，超标车辆绕行市区问题突出，非道路移动机械底数不清。",
        "淘汰国三及以下柴油货车任务全面完成，非道路移动机械编码登记应登尽登。",
        "市交通运输局",
        _by(40),
        (
            _m(
                "淘汰国三及以下排放标准营运柴油货车一千九百辆，补贴资金直达车主账户。",
                "completed_early",
                target=(1900, "辆"),
            ),
            _m(
                "完成挖掘机、装载机、叉车等非道路移动机械编码登记六千二百台，禁用区内安装定位装置。",
                "completed_early",
                None,
                ("市生态环境局",),
            ),
            _m(
                "在环城路五处路口设置货车绕行引导标志和遥感监测设备，对超标车辆实行检测维修闭环管理。",
                "completed_early",
            ),
        ),
        responsible=("市交通运输局", "市生态环境局"),
    ),
    _issue(
        "central",
        13,
        "省序号15",
        "固体废物",
        "市生活垃圾填埋场渗滤液积存约九万立方米，调节池覆膜破损，雨季存在外溢风险。",
        "积存渗滤液全部处置完毕，填埋场完成封场并通过生态修复验收。",
        "市城市管理局",
        _by(-290),
        (
            _m(
                "新增两套日处理能力各三百吨的渗滤液应急处理装置，将积存的九万立方米渗滤液处理达标后排放。",
                "signed_off",
                target=(90000, "立方米"),
            ),
            _m("更换调节池破损覆膜一万二千平方米，完善场区雨污分流沟和防渗监测井。", "signed_off", _by(-500)),
            _m("完成填埋场封场覆土、导气和植被恢复，新增垃圾全部转运至市生活垃圾焚烧发电厂处理。", "completed_in_time"),
        ),
        acceptance=("市住房和城乡建设局",),
    ),
    _issue(
        "central",
        14,
        "省序号18",
        "生态破坏",
        "松坪县石乌山矿区十四座露天采石场长期超范围开采，破坏山体约二千三百亩，修复治理以撒草籽应付了事。",
        "应修复面积全部完成治理，植被成活率不低于百分之八十五，安全隐患全部消除。",
        "松坪县自然资源局",
        _by(90),
        (
            _m(
                "完成石乌山矿区十四座采石场边坡削坡、覆土和截排水工程，恢复林草植被二千三百亩。"
                "按照“一矿一策”要求逐座编制修复设计，明确边坡坡比、覆土厚度、树草种配置和养护年限；"
                "先东坡、后西坡分两期组织施工，爆破和削坡作业须经安全评估；"
                "每完成一座即由县自然资源部门会同林业、生态环境部门现场核验，未达到设计要求的不予支付工程尾款。",
                "behind_milestone",
                stages=(
                    (-310, "完成十四座采石场修复设计评审"),
                    (-60, "东坡八座采石场主体治理工程完工"),
                    (40, "完成西坡覆土"),
                ),
            ),
            _m(
                "对六座已完成边坡治理的采石场补植乡土树种十一万株，落实两年管护责任人。",
                "on_schedule",
                _by(25),
                ("市林业局",),
                stages=((-120, "补植首批六万株"),),
            ),
            _m(
                "对超范围开采的八家企业依法立案，追缴违法所得和生态修复费用，收回到期采矿许可证。",
                "signed_off",
                _by(-380),
            ),
        ),
        responsible=("松坪县自然资源局", "松坪县人民政府"),
        cooperating=("市财政局", "市林业局"),
        supervising=("市自然资源和规划局", "市生态环境局"),
        acceptance=("市自然资源和规划局",),
    ),
    _issue(
        "central",
        15,
        "省序号18",
        "生态破坏",
        "临溪县七处砂石码头占用河道滩地堆料，岸线损毁三点六公里。",
        "非法码头全部拆除，受损岸线完成复绿。",
        "临溪县人民政府",
        _by(-570),
        (
            _m(
                "拆除临溪下游七处非法砂石码头的趸船、皮带机和磅房，清运堆料二十一万吨。", "signed_off", target=(7, "处")
            ),
            _m("对三点六公里受损岸线实施护坡、平整和复绿，种植枫杨、垂柳等护岸树种八千株。", "signed_off"),
        ),
        responsible=("临溪县人民政府",),
        cooperating=("市交通运输局",),
        acceptance=("市水利局",),
    ),
    _issue(
        "central",
        16,
        "省序号19",
        "生态破坏",
        "望岭县凤鸣山省级自然保护区实验区内十一座小水电站未落实生态流量，部分河段枯水期断流。",
        "应退出的小水电站全部退出，保留电站生态流量泄放和监测设施全部到位。",
        "望岭县人民政府",
        _by(-265),
        (
            _m(
                "凤鸣山保护区内四座手续不全的小水电站停机拆机、解除并网，坝体按设计拆除过流断面。",
                "signed_off",
                target=(4, "座"),
            ),
            _m("保留的七座小水电站完成生态泄流孔改造，安装流量在线监测和视频设备并接入市水利局平台。", "signed_off"),
            _m(
                "对枯水期断流的两处河段实施增殖放流和河床修复，连续三个枯水季开展巡查。",
                "long_term_done",
                _by_and_on(-265),
            ),
        ),
        cooperating=("市林业局",),
        supervising=("市水利局",),
        acceptance=("市水利局",),
    ),
    _issue(
        "central",
        17,
        "省序号21",
        "环境风险",
        "岚河县三座无主尾矿库和两处历史遗留冶炼渣堆防渗、截洪设施缺失，下游土壤重金属超标。",
        "尾矿库闭库销号，历史遗留渣堆完成风险管控，下游断面重金属稳定达标。",
        "岚河县人民政府",
        _by(-45),
        (
            _m(
                "对黑石坳、老鸦冲、铁炉沟三座无主尾矿库实施闭库治理，完成坝体加固、"
                "库面防渗覆盖、截洪沟和渗水收集处理设施建设，治理工程经专家组现场验收后在县政府网站公示，"
                "并落实闭库后安全和环境监测的管护单位、管护人员和经费来源。",
                "overdue_returned",
                stages=((-400, "完成黑石坳尾矿库坝体加固"), (-200, "完成老鸦冲、铁炉沟库面防渗覆盖")),
            ),
            _m(
                "对两处冶炼渣堆共十三万吨废渣实施原位阻隔，周边建设截污沟和地下水监测井六口。",
                "basically_completed",
                _by(28),
                stages=((-160, "完成渣堆阻隔主体工程"),),
            ),
        ),
        cooperating=("市财政局", "市自然资源和规划局"),
        acceptance=("市生态环境局",),
        supervising=("市生态环境局",),
    ),
    _issue(
        "central",
        18,
        "省序号21",
        "环境风险",
        "全市危险废物产生单位贮存不规范，三家机动车维修集聚区废机油流向不明。",
        "危险废物规范化管理合格率达到百分之九十五以上，废机油全部纳入联单管理。",
        "市生态环境局",
        _by(-450),
        (
            _m(
                "对二百一十八家危险废物重点产生单位开展规范化管理评估，问题单位逐家限期整改。",
                "signed_off",
                target=(218, "家"),
            ),
            _m("建设覆盖八个县区的小微企业危险废物收集点六处，废机油、废铅蓄电池定期上门收运。", "signed_off"),
            _m("联合公安机关对三家维修集聚区开展溯源调查，查清近三年废机油去向并依法处理相关责任人。", "signed_off"),
        ),
    ),
    _issue(
        "central",
        19,
        "省序号22",
        "工业污染",
        "云岭高新区污水处理厂未按批复建设中水回用系统，十一家电镀企业废水未做到分类收集。",
        "园区废水分类收集、分质处理，中水回用率达到百分之四十。",
        "云岭高新技术产业园区管理委员会",
        _by(-350),
        (
            _m("建成日处理六千吨的中水回用系统，为园区热电厂和绿化用水提供替代水源。", "signed_off"),
            _m(
                "十一家电镀企业含铬、含镍、含氰废水管道全部架空敷设、分色标识，实现分类收集。",
                "signed_off",
                target=(11, "家"),
            ),
            _m("在园区雨水总排口建设五千立方米应急事故池，安装水质自动监测和闸控设备。", "completed_in_time"),
        ),
        acceptance=("市生态环境局",),
    ),
    _issue(
        "central",
        20,
        "省序号22",
        "工业污染",
        "高新区三家化工企业异味扰民投诉居高不下，挥发性有机物无组织排放严重。",
        "异味投诉量较上年下降七成以上，厂界特征污染物达标。",
        "云岭高新技术产业园区管理委员会",
        _by(-505),
        (
            _m(
                "督促三家化工企业完成储罐、装卸和污水池密闭改造，新增蓄热式焚烧装置三套。",
                "signed_off",
                target=(3, "套"),
            ),
            _m("在园区与居民区之间布设八个异味电子鼻监测点，超阈值自动报警并当日查明原因。", "signed_off"),
        ),
    ),
    _issue(
        "central",
        21,
        "省序号24",
        "农业面源",
        "禁养区内仍有二十九家畜禽养殖场未关闭，部分规模养殖场粪污直排沟渠。",
        "禁养区养殖场全部关闭搬迁，规模养殖场粪污处理设施装备配套率达到百分之百。",
        "市农业农村局",
        _by(-540),
        (
            _m(
                "依法关闭或搬迁禁养区内二十九家畜禽养殖场，拆除圈舍、清理粪污并逐场验收。",
                "signed_off",
                target=(29, "家"),
            ),
            _m(
                "为一百七十三家规模养殖场配套建设干湿分离、沼气和贮存设施，签订粪肥还田协议。",
                "signed_off",
                target=(173, "家"),
            ),
            _m(
                "在临溪县建设区域性粪污集中处理中心一座，年处理粪污十二万吨，生产有机肥三万吨。",
                "signed_off",
                None,
                ("临溪县农业农村局",),
            ),
        ),
        responsible=("市农业农村局", "临溪县农业农村局"),
        acceptance=("市生态环境局",),
    ),
    _issue(
        "central",
        22,
        "省序号24",
        "农业面源",
        "化肥、农药使用量连续三年未实现负增长，废弃农膜和农药包装物随意丢弃。",
        "化肥、农药使用量持续下降，农膜回收率达到百分之八十二以上。",
        "市农业农村局",
        _by_and_on(-380),
        (
            _m("推广测土配方施肥三百二十万亩次、绿色防控一百一十万亩次，建设化肥减量示范片四十个。", "long_term_done"),
            _m("依托供销网点设立废弃农膜和农药包装物回收点四百一十二个，按押金制方式有偿回收。", "long_term_done"),
        ),
    ),
    _issue(
        "central",
        23,
        "省序号26",
        "城乡环境",
        "农村生活污水治理“重建轻管”，一百零六座已建设施中有四十七座停运。",
        "已建农村污水处理设施正常运行率达到百分之九十以上，运维经费纳入预算。",
        "市生态环境局",
        _by(120),
        (
            _m(
                "对四十七座停运设施逐座诊断，修复管网和设备三十九座、"
                "撤并八座，修复后连续三个月进出水检测合格方可移交运维单位。",
                "behind_quantity",
                target=(47, "座"),
            ),
            _m(
                "制定农村生活污水设施运维管理办法和经费分担标准，市县两级按人口和规模足额列支。",
                "pending",
                _by(12),
                ("市财政局",),
            ),
            _m("通过公开招标选定三家专业运维单位，对一百零六座设施实行按效付费。", "signed_off", _by(-300)),
        ),
        responsible=("市生态环境局", "青禾县人民政府", "石盘县人民政府", "望岭县人民政府"),
        cooperating=("市财政局",),
        acceptance=("市住房和城乡建设局",),
    ),
    _issue(
        "central",
        24,
        "省序号26",
        "城乡环境",
        "石盘县乡镇垃圾中转站渗滤液横流，四个乡镇仍使用露天焚烧坑处理垃圾。",
        "乡镇垃圾全部进入收运处置体系，露天焚烧坑全部填埋复绿。",
        "石盘县人民政府",
        _by(-580),
        (
            _m("填埋并复绿四个乡镇的露天焚烧坑，恢复耕地和林地二十七亩。", "signed_off"),
            _m(
                "改造九座乡镇垃圾中转站，配套渗滤液收集池和负压除臭设备，购置压缩车十四辆。",
                "signed_off",
                target=(9, "座"),
            ),
            _m("建立“户投放、村收集、镇转运、县处理”收运体系，村级保洁员实现全覆盖并按月考核。", "signed_off"),
        ),
        acceptance=("市住房和城乡建设局",),
    ),
    _issue(
        "central",
        25,
        "省序号27",
        "噪声扰民",
        "城区夜间施工、广场娱乐噪声投诉占环境信访总量的四成，部门之间相互推诿。",
        "噪声投诉量明显下降，部门职责清晰、处置闭环。",
        "市城市管理局",
        AT_ONCE,
        (
            _m("出台噪声污染防治部门职责分工，明确城管、公安、住建、生态环境四部门首接负责、限时办结。", "signed_off"),
            _m("在市民广场、体育公园等十二处噪声敏感点安装显示屏和定向音响，与广场舞团队签订自律公约。", "signed_off"),
        ),
        cooperating=("市住房和城乡建设局", "市生态环境局"),
        supervising=(),
    ),
    _issue(
        "central",
        26,
        "省序号28",
        "信访举报",
        "督察期间交办的信访举报件中，有三十一件阶段性办结后未持续跟踪，群众重复举报。",
        "三十一件阶段性办结件全部实质办结，重复举报率降至百分之五以下。",
        "市政府办公室",
        _by(-620),
        (
            _m(
                "对三十一件阶段性办结信访件逐件回访举报人，制定“一件一策”办理方案并限期办结。",
                "signed_off",
                target=(31, "件"),
            ),
            _m("由市级领导包案化解五件重复举报三次以上的疑难件，办理结果向社会公开。", "signed_off"),
        ),
        cooperating=("市纪委监委",),
    ),
    _issue(
        "central",
        27,
        "省序号30",
        "监管执法",
        "县级环境执法力量薄弱，岚河县、石盘县在岗执法人员不足编制数的六成，执法装备老化。",
        "县级执法队伍编制到位率不低于百分之九十，装备达到标准化要求。",
        "市生态环境局",
        _by(-230),
        (
            _m(
                "核定八个县区生态环境分局执法编制，通过公开招录、选调等方式补充执法人员五十八名。",
                "signed_off",
                None,
                ("市委组织部",),
                target=(58, "名"),
            ),
            _m("开展执法大练兵和交叉执法检查，每年组织业务培训不少于四期，全员持证上岗。", "completed_late"),
        ),
        responsible=("市生态环境局", "市委组织部"),
        cooperating=("市财政局",),
    ),
    _issue(
        "central",
        28,
        "省序号30",
        "监管执法",
        "部分重点排污单位自动监测数据长期异常无人处置，两家第三方运维机构出具虚假比对报告。",
        "自动监测数据有效传输率达到百分之九十五以上，数据异常处置闭环。",
        "市生态环境局",
        _by(-465),
        (
            _m(
                "对九十四家重点排污单位自动监测设备开展全面比对，异常数据二十四小时内核查销账。",
                "signed_off",
                target=(94, "家"),
            ),
            _m("将出具虚假报告的两家运维机构列入失信名单并移送公安机关，对其承接的站点重新比对。", "signed_off"),
            _m(
                "升级污染源监控平台，增加数据突变、恒值、零值自动识别功能，预警信息直达属地执法人员。",
                "completed_after_return",
            ),
        ),
    ),
    _issue(
        "central",
        29,
        "省序号31",
        "土壤污染",
        "原市农药厂、原沁湖化工厂两块退役地块未完成风险评估即拟开发建设。",
        "两块地块完成调查评估和治理修复，达到规划用途土壤标准后方可供地。",
        "市自然资源和规划局",
        _by(220),
        (
            _m(
                "对原市农药厂地块九十六亩污染土壤实施异位热脱附和原位阻隔修复，"
                "修复期间设置密闭大棚和异味监控，效果评估通过后移出风险管控名录。",
                "not_started",
                None,
                ("云岭城市建设投资集团有限公司",),
                stages=((100, "完成修复施工招标"),),
            ),
            _m(
                "完成原沁湖化工厂地块地下水补充调查，编制风险管控方案并通过省级专家评审。",
                "unreported",
                _by(32),
                ("沁湖区人民政府",),
            ),
            _m("暂停两块地块规划许可和供地程序，在规划“一张图”中标注为管控地块。", "signed_off", _by(-600)),
        ),
        responsible=("市自然资源和规划局", "沁湖区人民政府"),
        cooperating=("云岭城市建设投资集团有限公司",),
    ),
    _issue(
        "central",
        30,
        "省序号32",
        "自然保护地",
        "沁湖国家湿地公园范围内违规建设游乐项目，占用湿地一百八十亩。",
        "违规项目全部拆除，湿地面积和生态功能恢复到位。",
        "沁湖区人民政府",
        _by(-555),
        (
            _m(
                "拆除湿地公园内卡丁车场、水上乐园等违规游乐设施六处，收回土地一百八十亩。",
                "signed_off",
                target=(6, "处"),
            ),
            _m("实施退化湿地恢复工程，恢复水域和浅滩，营造鸟类栖息地三处，设置隔离设施四公里。", "signed_off"),
        ),
        supervising=("市林业局",),
        acceptance=("市林业局",),
    ),
    _issue(
        "central",
        31,
        "省序号33",
        "河湖管理",
        "“清四乱”不彻底，锦川河干流仍有二十二处违建未拆除，个别河长巡河流于形式。",
        "河道管理范围内违建全部拆除，河长巡河率、问题处置率达到百分之百。",
        "市水利局",
        _by(-440),
        (
            _m(
                "拆除锦川河干流河道管理范围内二十二处违建，拆除面积一万八千平方米，逐处复核销号。",
                "signed_off",
                target=(22, "处"),
            ),
            _m("上线河长巡河电子台账，对连续两月未巡河的河长由市总河长办公室发提醒函并通报。", "signed_off"),
        ),
        responsible=("市水利局", "锦川区人民政府", "临溪县人民政府"),
    ),
    _issue(
        "central",
        32,
        "省序号33",
        "河湖管理",
        "岚河中游河道采砂规划未批先采，三个采区越界开采，河床下切明显。",
        "采砂全部依规划许可实施，越界采区完成河床修复。",
        "市水利局",
        _by(260),
        (
            _m(
                "对越界开采形成的九处深坑实施回填和护岸固脚，恢复河床纵坡，修复河段长度六点八公里。",
                "basically_completed",
                None,
                ("岚河县人民政府",),
                stages=((-90, "完成七处深坑回填"),),
            ),
            _m("编制岚河、青禾河采砂规划并报批，全面推行采砂电子围栏和采运管理单制度。", "extended", _by(-60)),
            _m("查处三个越界采区，没收违法采砂机具七台套，吊销采砂许可并向社会公告。", "signed_off", _by(-520)),
        ),
        responsible=("市水利局", "岚河县人民政府"),
        acceptance=("市水利局",),
    ),
    _issue(
        "central",
        33,
        "省序号35",
        "绿色发展",
        "“两高”项目管控不严，两个建材项目未落实产能置换即开工建设。",
        "违规项目依法处置到位，“两高”项目清单化管理。",
        "市发展和改革委员会",
        _by(-415),
        (
            _m(
                "对两个未落实产能置换的建材项目责令停工，补办手续不符合条件的依法拆除主体设备。",
                "signed_off",
                target=(2, "个"),
            ),
            _m("建立全市“两高”项目清单和会商审查机制，新上项目须经节能、环评、产能置换三道审查。", "signed_off"),
            _m(
                "推动四家水泥、陶瓷企业实施超低排放改造，单位产品能耗达到行业先进值。",
                "signed_off",
                None,
                ("市工业和信息化局",),
            ),
        ),
        cooperating=("市工业和信息化局", "市生态环境局"),
    ),
    _issue(
        "central",
        34,
        "省序号36",
        "长效机制",
        "生态补偿和生态环境投入机制不健全，上下游县区责任共担、利益共享难以落实。",
        "跨县流域横向补偿机制有效运行，环保投入只增不减。",
        "市财政局",
        FOR_EVER,
        (
            _m(
                "坚持财政环保支出优先保障，市县两级年度环保投入增幅不低于一般公共预算支出增幅，"
                "并向人大常委会专题报告。",
                "long_term",
            ),
            _m(
                "完善锦川河、青禾河上下游横向生态补偿办法，按月核算断面水质，按年兑现补偿资金。",
                "long_term",
                None,
                ("市生态环境局",),
            ),
        ),
        responsible=("市财政局", "市生态环境局"),
    ),
    _issue(
        "central",
        35,
        "省序号37",
        "环境基础设施",
        "石盘工业集中区污水处理设施建成三年未通水，园区企业废水罐车外运监管缺失。",
        "园区污水处理设施稳定运行，企业废水全部纳管。",
        "石盘县人民政府",
        _by(185),
        (
            _m(
                "新建园区至污水厂压力管道七点四公里及提升泵站两座，打通管网“最后一公里”。",
                "not_started",
                None,
                None,
                stages=((60, "完成管道路由审批和施工招标"),),
            ),
            _m(
                "二十三家企业废水预处理设施完成改造并签订纳管协议，罐车外运全程定位、联单留痕。", "unreported", _by(110)
            ),
            _m(
                "约谈园区平台公司负责人，查明设施建成未通水原因并追究相关人员责任。",
                "signed_off",
                _by(-545),
                ("市纪委监委",),
            ),
        ),
        responsible=("石盘县人民政府", "石盘县交通运输局"),
        cooperating=("市纪委监委",),
    ),
    _issue(
        "central",
        36,
        "省序号38",
        "举一反三",
        "对督察指出的典型问题就事论事，同类问题排查不深入，自查发现率不足一成。",
        "建立同类问题自查自纠机制，自查问题全部纳入台账闭环管理。",
        OFFICE,
        _by(-375),
        (
            _m("围绕污水直排、矿山修复、固废倾倒等八类问题开展全市大排查，自查问题逐一编号入账。", "signed_off"),
            _m(
                "对自查发现的二百零七个问题实行周更新、月调度，未按期整改的由市整改办发督办单。",
                "completed_in_time",
                target=(207, "个"),
            ),
        ),
        supervising=("市生态环境局",),
        responsible=(OFFICE, "市生态环境局"),
    ),
)


_PROVINCIAL: tuple[DemoIssue, ...] = (
    _issue(
        "provincial",
        1,
        "任务序号一",
        "责任落实",
        "部分县区对省级督察整改重视不够，青禾县整改专班一年内三次更换联络人，资料移交不全。",
        "整改专班人员稳定、资料完整，整改事项交接不断档。",
        OFFICE,
        _by(-420),
        (
            _m("各县区整改专班实行双联络人制度，人员变动须在五个工作日内办理书面交接并报市整改办备案。", "signed_off"),
            _m(
                "组织整改业务培训三期，覆盖县区、乡镇整改联络员二百四十人，并开展台账抽查讲评。",
                "signed_off",
                target=(240, "人"),
            ),
            _m(
                "对青禾县整改专班移交资料逐项清点补齐，补录缺失佐证材料一百一十六份。",
                "completed_late",
                _by(-380),
                ("青禾县人民政府",),
                target=(116, "份"),
            ),
        ),
        supervising=("市生态环境局",),
    ),
    _issue(
        "provincial",
        2,
        "任务序号二",
        "水环境",
        "青禾河杨家渡断面水质由三类降为四类，沿河六个集镇生活污水收集率不足四成。",
        "杨家渡断面水质恢复三类，沿河集镇污水收集率达到七成。",
        "青禾县人民政府",
        _by(-40),
        (
            _m(
                "新建沿河六个集镇污水收集支管三十八公里，接户五千四百户，配套提升泵站七座，"
                "收集的污水全部进入集镇污水处理站处理。施工前由县水利局会同沿河乡镇逐户核定接户方案并在"
                "村务公开栏公示，管沟开挖与集镇道路白改黑工程同步实施，避免重复开挖；对地势低洼、"
                "无法自流接入的二百六十户采用小型一体化设备分散处理，出水水质每季度抽测一次，抽测结果报市生态环境局备查。",
                "overdue_open",
                stages=((-260, "完成前三个集镇支管建设"), (-110, "完成全部六个集镇主体管网")),
            ),
            _m(
                "对青禾河沿线四家豆制品作坊实施搬迁入园，原址排污口封堵并恢复河岸。",
                "signed_off",
                _by(-300),
                target=(4, "家"),
            ),
            _m("在杨家渡断面上游建设水质自动监测站，实时数据推送至县、镇两级河长。", "pending"),
        ),
        responsible=("青禾县人民政府", "青禾县水利局", "柳湾镇人民政府"),
        acceptance=("市生态环境局", "市住房和城乡建设局"),
        supervising=("市水利局",),
    ),
    _issue(
        "provincial",
        3,
        "任务序号三",
        "水环境",
        "岚河县城污水处理厂提标改造久拖未决，出水总氮时常超标。",
        "岚河县城污水处理厂完成提标改造，出水稳定达标。",
        "岚河县人民政府",
        _by(75),
        (
            _m(
                "完成县城污水处理厂反硝化深床滤池建设，出水总氮浓度控制在每升十五毫克以下。",
                "behind_milestone",
                stages=((-150, "完成滤池土建施工"), (-50, "完成设备安装调试")),
            ),
            _m(
                "提标期间投加碳源并加密监测频次，每周向市生态环境局报送进出水数据。",
                "on_schedule",
                stages=((-220, "碳源投加系统投用"),),
            ),
            _m("对延误工期的代建单位扣减代建费，并约谈县住建部门主要负责人。", "signed_off", _by(-360)),
        ),
        acceptance=("市住房和城乡建设局",),
    ),
    _issue(
        "provincial",
        4,
        "任务序号三",
        "水环境",
        "临溪县白茅溪沿线三十四家腌制蔬菜加工户高盐废水直排，溪水常年浑浊发黑。",
        "腌制加工户全部入园集中生产，白茅溪水质达到功能区要求。",
        "临溪县人民政府",
        _by(55),
        (
            _m(
                "建成腌制蔬菜加工集中区，三十四家加工户签约入驻，原有腌制池全部填平。",
                "behind_quantity",
                target=(34, "家"),
            ),
            _m(
                "建设日处理八百吨的高盐废水处理站，采用蒸发结晶工艺，产生的盐渣按规定鉴别处置。",
                "behind_confirmed",
                stages=((-130, "完成土建工程"), (20, "完成设备联调")),
            ),
            _m("对白茅溪七公里河段清淤疏浚，在下游设置拦污网和生态浮床九百平方米。", "completed_early"),
        ),
        responsible=("临溪县人民政府", "临溪县农业农村局"),
        cooperating=("市农业农村局",),
    ),
    _issue(
        "provincial",
        5,
        "任务序号四",
        "大气环境",
        "石盘县陶瓷产业带十六条生产线烟气治理设施老旧，无组织粉尘污染突出。",
        "十六条生产线全部完成治理升级，厂区物料全封闭储存。",
        "石盘县人民政府",
        _by(95),
        (
            _m(
                "十六条陶瓷生产线完成脱硫脱硝除尘一体化升级，烟囱排口安装在线监测并验收联网。",
                "behind_quantity",
                target=(16, "条"),
            ),
            _m(
                "建设全封闭原料大棚二十一万平方米，厂区主干道安装雾炮和车辆自动冲洗设施。",
                "report_returned",
                stages=((-120, "建成封闭大棚十万平方米"), (45, "全部大棚封顶")),
            ),
            _m(
                "对治理无望的三条窑炉生产线实施淘汰退出，拆除窑体并兑付产能退出补助。",
                "signed_off",
                _by(-230),
                target=(3, "条"),
            ),
        ),
        cooperating=("市工业和信息化局", "市财政局"),
    ),
    _issue(
        "provincial",
        6,
        "任务序号五",
        "大气环境",
        "市区餐饮集中街区油烟净化器“装而不用”，夜市摊点露天烧烤管理失序。",
        "餐饮油烟达标排放，露天烧烤全部进店入室。",
        "市城市管理局",
        _by(-330),
        (
            _m(
                "对滨江路、南门口等五条餐饮街区实施油烟在线监控，四百三十家商户净化设备运行状态实时可查。",
                "signed_off",
                target=(430, "家"),
            ),
            _m("划定夜市集中经营区三处，统一配置净化烧烤车，取缔露天烧烤摊点九十二个。", "signed_off"),
            _m(
                "每季度开展油烟检测抽查，对超标商户依法处罚并督促清洗，抽查结果公示。",
                "long_term_done",
                _by_and_on(-330),
            ),
        ),
        responsible=("市城市管理局", "锦川区人民政府", "沁湖区城市管理局"),
    ),
    _issue(
        "provincial",
        7,
        "任务序号六",
        "固体废物",
        "建筑垃圾消纳能力严重不足，绕城公路沿线有十一处渣土随意倾倒点。",
        "随意倾倒点全部清理复绿，建筑垃圾资源化利用率达到五成。",
        "市城市管理局",
        _by(-80),
        (
            _m(
                "清理绕城公路沿线十一处渣土倾倒点，清运渣土三十七万立方米，场地覆土绿化后移交属地街道管护。",
                "overdue_returned",
                target=(11, "处"),
            ),
            _m(
                "建成年处理八十万吨的建筑垃圾资源化利用厂，再生骨料优先用于市政道路基层。",
                "extended",
                None,
                ("云岭城市建设投资集团有限公司",),
                stages=((-300, "完成项目核准和用地审批"),),
            ),
            _m("全市渣土车全部安装定位和密闭装置，实行运输路线、时间、消纳地“三核准”。", "signed_off", _by(-350)),
        ),
        responsible=("市城市管理局", "云岭城市建设投资集团有限公司"),
        acceptance=("市住房和城乡建设局",),
    ),
    _issue(
        "provincial",
        8,
        "任务序号六",
        "固体废物",
        "高新区一般工业固废贮存场超期服役，堆体高度超过设计四米。",
        "超期堆体安全降坡，新贮存场建成投用。",
        "云岭高新技术产业园区管理委员会",
        _by(-110),
        (
            _m(
                "对超高堆体实施削坡减载，外运综合利用工业固废二十六万吨，堆体高度降至设计标高以下。",
                "overdue_open",
                target=(260000, "吨"),
            ),
            _m(
                "新建库容一百二十万立方米的一般工业固废贮存场，底部铺设双层防渗膜并设渗漏检测层。",
                "overdue_returned",
                stages=((-290, "完成场地平整和防渗铺设"),),
            ),
            _m("对贮存场周边五口地下水井开展每月监测，出现异常立即启动应急处置。", "completed_in_time"),
        ),
        acceptance=("市生态环境局",),
    ),
    _issue(
        "provincial",
        9,
        "任务序号七",
        "生态破坏",
        "松坪县石灰岩开采企业越界占用林地五百余亩，林地恢复只种未管。",
        "违法占用林地全部恢复，成活率达到验收标准。",
        "松坪县人民政府",
        _by(160),
        (
            _m(
                "对五百二十亩违法占用林地重新整地客土，栽植马尾松、枫香混交林，成活率不足的逐片补植。",
                "on_schedule",
                None,
                ("松坪县自然资源局",),
                stages=((-240, "完成整地客土"), (-30, "完成首轮栽植")),
                target=(520, "亩"),
            ),
            _m("建立林地恢复管护责任制，落实护林员二十六名，购置灌溉水车四台，管护期不少于三年。", "not_started"),
            _m(
                "对越界企业处以罚款并追缴植被恢复费，相关案件材料移送检察机关提起公益诉讼。",
                "signed_off",
                _by(-310),
                ("市林业局",),
            ),
        ),
        responsible=("松坪县人民政府", "松坪县自然资源局"),
        cooperating=("市林业局",),
        supervising=("市林业局", "市自然资源和规划局"),
    ),
    _issue(
        "provincial",
        10,
        "任务序号七",
        "生态破坏",
        "望岭县旅游公路建设沿线弃渣下山，挤占沟道，毁坏植被约九十亩。",
        "弃渣清理到位，受损沟道和植被恢复。",
        "望岭县人民政府",
        _by(-55),
        (
            _m(
                "清理旅游公路沿线弃渣十八万立方米，恢复被挤占沟道行洪断面，修建挡渣墙一千四百米。",
                "overdue_open",
                target=(180000, "立方米"),
            ),
            _m("受损坡面采用植生袋和挂网喷播复绿九十亩，设置截排水沟三千米。", "reopened", _by(-140)),
            _m("对公路建设单位未批先建、水土保持方案不落实行为立案处罚并责令补报方案。", "signed_off", _by(-340)),
        ),
        cooperating=("市交通运输局",),
        supervising=("市水利局",),
        acceptance=("市水利局",),
    ),
    _issue(
        "provincial",
        11,
        "任务序号八",
        "自然保护地",
        "凤鸣山保护区核心区边界矢量数据与实地不符，十五户茶农长期在区内耕种。",
        "边界数据校核一致，核心区茶园有序退出。",
        "市林业局",
        _by(140),
        (
            _m(
                "开展凤鸣山保护区勘界立标，补设界桩四百六十根、警示牌八十块，矢量数据报省级主管部门复核。",
                "basically_completed",
                stages=((-100, "完成外业勘界"),),
            ),
            _m(
                "与十五户茶农签订退出协议，退出茶园二百一十亩，按标准兑付补偿并安排生态护林岗位。",
                "unreported",
                None,
                ("望岭县人民政府",),
            ),
            _m("在保护区主要入口安装卡口抓拍和语音提示设备十二套，防止违规进入核心区。", "completed_early"),
        ),
        responsible=("市林业局", "望岭县人民政府"),
    ),
    _issue(
        "provincial",
        12,
        "任务序号九",
        "农业面源",
        "临溪县万头生猪养殖场沼液消纳地面积虚报，雨季沼液外溢入渠。",
        "沼液消纳协议真实有效，外溢风险彻底消除。",
        "临溪县农业农村局",
        AT_ONCE,
        (
            _m("逐块核实沼液消纳土地，补签消纳协议三千七百亩，与养殖场存栏规模相匹配。", "signed_off"),
            _m("扩建沼液贮存池两座共一万六千立方米，铺设还田管道二十二公里。", "completed_in_time"),
            _m("对虚报消纳面积的养殖场法人代表约谈警示，并在全县养殖环保培训会上公开通报。", "signed_off"),
        ),
        supervising=("市农业农村局",),
    ),
    _issue(
        "provincial",
        13,
        "任务序号九",
        "农业面源",
        "望岭县食用菌产业带废弃菌棒露天堆弃约七万吨，滋生蚊蝇、渗液入沟。",
        "废弃菌棒综合利用率达到九成，历史堆存全部清零。",
        "望岭县人民政府",
        _by(200),
        (
            _m(
                "建设废弃菌棒制有机肥和生物质颗粒生产线两条，年处理菌棒十万吨。",
                "not_started",
                stages=((70, "完成设备招标采购"),),
            ),
            _m("分批清运历史堆存菌棒七万吨，堆存场地消杀平整后恢复耕种。", "behind_confirmed", target=(70000, "吨")),
            _m("推行菌棒“以旧换新”，菇农交回废棒每棒补助两角，建立回收网点三十五个。", "unreported", TO_BE_ASKED),
        ),
        cooperating=("市农业农村局",),
        supervising=("市农业农村局",),
    ),
    _issue(
        "provincial",
        14,
        "任务序号十",
        "饮用水安全",
        "石盘县鹰嘴崖水库上游公路穿越水源保护区，未建设桥面径流收集设施。",
        "穿越路段环境风险防控设施全部建成。",
        "石盘县交通运输局",
        _by(-190),
        (
            _m(
                "在鹰嘴崖水库保护区穿越路段建设桥面径流收集槽二点六公里、应急事故池三座。",
                "signed_off",
                target=(3, "座"),
            ),
            _m("两侧安装加强型防撞护栏和限速抓拍设备，危化品运输车辆限时通行。", "signed_off"),
            _m(
                "编制鹰嘴崖水库水源突发环境事件应急预案，组织危化品泄漏实战演练一次。",
                "completed_in_time",
                None,
                ("石盘县人民政府",),
            ),
        ),
        responsible=("石盘县交通运输局", "石盘县人民政府"),
        cooperating=("市水利局",),
        supervising=("市交通运输局",),
        acceptance=("市生态环境局",),
    ),
    _issue(
        "provincial",
        15,
        "任务序号十",
        "饮用水安全",
        "城区二次供水设施管理混乱，八十六个老旧小区水箱三年未清洗。",
        "老旧小区二次供水设施改造移交，水质检测合格率达到百分之百。",
        "云岭水务集团有限公司",
        _by(-270),
        (
            _m(
                "改造八十六个老旧小区二次供水泵房，更换不锈钢水箱一百九十座，改造后移交水务集团统一运维。",
                "signed_off",
                target=(86, "个"),
            ),
            _m("每半年清洗消毒水箱一次，检测结果张贴小区公示栏并接受业主查询。", "long_term_done", _by_and_on(-270)),
            _m("建立二次供水智慧监管平台，水压、余氯、浊度实时监测，异常十五分钟内报警。", "completed_late"),
        ),
        supervising=("市住房和城乡建设局",),
        acceptance=("市卫生健康委员会",),
    ),
    _issue(
        "provincial",
        16,
        "任务序号十一",
        "环境风险",
        "医疗废物转运周期过长，偏远乡镇卫生院医疗废物暂存超过规定时限。",
        "医疗废物四十八小时内转运处置，乡镇收集转运全覆盖。",
        "市卫生健康委员会",
        _by(-350),
        (
            _m(
                "在岚河县、望岭县各建一座医疗废物中转站，购置冷藏转运车七辆，实现乡镇卫生院两日一收。",
                "signed_off",
                target=(7, "辆"),
            ),
            _m("全市五百一十二家医疗机构接入医疗废物追溯系统，称重、交接、转运全程扫码。", "signed_off"),
            _m("核定村卫生室医疗废物收集补助标准，由县级财政按季拨付到村。", "completed_after_return", _by(-220)),
        ),
        cooperating=("市财政局", "岚河县人民政府", "望岭县人民政府"),
    ),
    _issue(
        "provincial",
        17,
        "任务序号十二",
        "工业污染",
        "锦川区散乱污企业排查不彻底，城乡接合部家具喷涂作坊无治污设施违法生产。",
        "散乱污企业动态清零，喷涂作坊全部入园或关停。",
        "锦川区人民政府",
        _by(-290),
        (
            _m(
                "关停取缔城乡接合部无证喷涂作坊七十八家，落实断水断电、清设备、清原料措施。",
                "signed_off",
                target=(78, "家"),
            ),
            _m("建设共享喷涂中心一座，引导三十家家具企业集中喷涂，废气统一收集处理。", "signed_off"),
            _m("建立街道、社区、网格员三级巡查机制，对散乱污企业反弹点位实行有奖举报。", "signed_off"),
        ),
    ),
    _issue(
        "provincial",
        18,
        "任务序号十三",
        "噪声扰民",
        "环城铁路货场夜间装卸噪声扰民三年未解决，周边两个小区居民反复投诉。",
        "货场边界噪声达标，居民投诉量明显下降。",
        "市交通运输局",
        _by(18),
        (
            _m("沿货场东侧建设声屏障八百六十米，对临近两栋住宅更换隔声窗三百一十樘。", "pending"),
            _m("与货场经营单位签订夜间限时装卸协议，二十二时后停止龙门吊作业。", "signed_off", _by(-400)),
            _m(
                "在两个小区设置噪声自动监测显示屏，数据每月在社区公示栏公开。",
                "on_schedule",
                stages=((-90, "完成点位勘察和设备采购"),),
            ),
        ),
        responsible=("市交通运输局", "锦川区人民政府"),
        acceptance=("市生态环境局",),
    ),
    _issue(
        "provincial",
        19,
        "任务序号十四",
        "绿色发展",
        "再生水利用率低，城市绿化、道路清扫仍大量使用自来水。",
        "城市再生水利用率达到百分之二十五。",
        "市住房和城乡建设局",
        _by(110),
        (
            _m(
                "建设再生水主干管十九公里和取水栓四十六处，绿化、环卫用水优先使用再生水。",
                "on_schedule_unreported",
                None,
                ("云岭水务集团有限公司",),
            ),
            _m(
                "制定再生水价格和用水计划管理办法，对具备条件不使用再生水的单位核减自来水指标。",
                "on_schedule_unreported",
                None,
                ("市发展和改革委员会",),
            ),
            _m(
                "改造城东、河西两座污水处理厂出水深度处理单元，新增再生水日生产能力四万吨。",
                "behind_milestone",
                None,
                None,
                ((-180, "完成施工图审查和招标"), (-45, "城东厂滤布滤池安装完成")),
            ),
        ),
        responsible=("市住房和城乡建设局", "云岭水务集团有限公司"),
        cooperating=("市城市管理局", "市水利局"),
    ),
    _issue(
        "provincial",
        20,
        "任务序号十五",
        "长效机制",
        "生态环境保护宣传教育停留在挂横幅、发传单，公众参与渠道单一。",
        "公众参与渠道畅通，环境保护社会氛围持续向好。",
        "市生态环境局",
        FOR_EVER,
        (
            _m("每月组织一次环保设施公众开放日，污水处理厂、垃圾焚烧厂、监测站轮流向市民开放。", "long_term"),
            _m(
                "开通环境问题随手拍小程序，群众上报问题三个工作日内答复，有效线索给予奖励。",
                "completed_in_time",
                _by(-240),
            ),
            _m(
                "坚持将生态文明教育纳入中小学地方课程和干部培训计划，常年开展河湖志愿巡护。",
                "long_term",
                None,
                ("市教育局",),
            ),
        ),
        cooperating=("市教育局",),
    ),
)


_CENTRAL_POVERTY: tuple[DemoIssue, ...] = (
    _issue(
        "central_poverty",
        1,
        "专项巡视（一）1",
        "政治责任",
        "学习贯彻党中央脱贫攻坚决策部署不够深入，部分县区党委中心组两年内未安排专题学习。",
        "理论学习制度化，县区党委中心组每年专题学习不少于四次。",
        "市委办公室",
        _by(-640),
        (
            _m(
                "将党中央脱贫攻坚决策部署列入市委和八个县区党委理论学习中心组年度计划，每季度安排一次专题研讨。",
                "signed_off",
            ),
            _m(
                "编印脱贫攻坚应知应会手册一万二千册，发放到县乡村三级扶贫干部手中。", "signed_off", target=(12000, "册")
            ),
            _m("市委督查室对各县区学习情况开展列席旁听，学习不深不实的当场点评、限期补课。", "signed_off"),
        ),
        cooperating=("市委组织部",),
    ),
    _issue(
        "central_poverty",
        2,
        "专项巡视（一）2",
        "政治责任",
        "脱贫攻坚主体责任压力传导不到位，市级行业部门存在“等省里文件、看县里动作”的现象。",
        "行业部门责任清单、年度任务清单逐项落实。",
        "市乡村振兴局",
        _by(-600),
        (
            _m(
                "制定十八个行业部门脱贫攻坚责任清单和年度任务书，由部门主要负责同志签字背书。",
                "signed_off",
                target=(18, "个"),
            ),
            _m("建立行业部门季度述职制度，述职结果计入部门年度绩效，排名末三位的作表态发言。", "signed_off"),
            _m(
                "市领导带队对二十二个深度贫困乡镇开展遍访，现场研究解决问题一百三十四个。",
                "signed_off",
                target=(134, "个"),
            ),
            _m("清理积压未转发的上级扶贫文件五十七份，逐份明确本级落实措施和责任科室。", "signed_off"),
        ),
        responsible=("市乡村振兴局", "市政府办公室"),
    ),
    _issue(
        "central_poverty",
        3,
        "专项巡视（二）1",
        "精准识别",
        "建档立卡信息与公安、住建、市场监管等部门数据比对不及时，存在有车有房户未剔除情况。",
        "建档立卡数据准确率达到百分之九十九以上。",
        "市乡村振兴局",
        _by(-570),
        (
            _m(
                "建立十二个部门扶贫数据月比对机制，对八千六百余条疑点信息逐条入户核实并留存影像。",
                "signed_off",
                target=(8600, "条"),
            ),
            _m("对核实不符合条件的一百零九户按程序清退，对漏评的六十三户及时纳入帮扶。", "signed_off"),
            _m("组织乡镇扶贫专干开展数据质量评比，连续两次排名末位的乡镇由县区分管领导约谈。", "signed_off"),
        ),
        responsible=("市乡村振兴局", "岚河县乡村振兴局"),
    ),
    _issue(
        "central_poverty",
        4,
        "专项巡视（二）2",
        "义务教育",
        "控辍保学台账不实，望岭县、松坪县有四十八名适龄儿童少年未返校就读。",
        "四十八名适龄儿童少年全部返校或妥善安置，动态清零。",
        "市教育局",
        _by(-660),
        (
            _m(
                "对四十八名未返校学生“一人一案”劝返，安排送教上门、职校随读等安置方式。",
                "signed_off",
                target=(48, "名"),
            ),
            _m("落实教育资助政策，为一万九千名建档立卡学生足额发放生活补助并公示到校到班。", "signed_off"),
            _m(
                "改善望岭县十三所寄宿制学校食堂、宿舍和供暖条件，新增床位一千四百张。",
                "signed_off",
                None,
                ("望岭县教育局",),
                target=(13, "所"),
            ),
        ),
        responsible=("市教育局", "望岭县教育局", "松坪县人民政府"),
    ),
    _issue(
        "central_poverty",
        5,
        "专项巡视（二）3",
        "基本医疗",
        "一百二十七个村卫生室无合格村医，签约服务“签而不约”。",
        "村卫生室合格村医全覆盖，签约服务履约率达到九成以上。",
        "市卫生健康委员会",
        _by(-550),
        (
            _m(
                "通过定向培养、乡聘村用、巡回派驻等方式为一百二十七个村卫生室配齐合格村医。",
                "signed_off",
                target=(127, "个"),
            ),
            _m("对高血压、糖尿病等四类慢性病患者按季度上门随访，随访记录由患者签字确认。", "signed_off"),
            _m("为边远村配备智慧健康随访包三百套，随访数据实时上传县域医共体平台。", "signed_off"),
        ),
    ),
    _issue(
        "central_poverty",
        6,
        "专项巡视（二）4",
        "基本医疗",
        "医保扶贫政策衔接不畅，县域外就医患者重复垫付，先诊疗后付费未全面落实。",
        "县域内住院先诊疗后付费全面落实，一站式结算全覆盖。",
        "市医疗保障局",
        _by(-500),
        (
            _m(
                "在全市三十九家定点医院开通基本医保、大病保险、医疗救助“一站式”结算窗口。",
                "signed_off",
                target=(39, "家"),
            ),
            _m("对近两年垫付未结的二千三百人次医疗费用集中清算，补报金额直达个人账户。", "signed_off"),
            _m("取消县域内住院押金，定点医院门诊大厅公布政策明白卡和投诉电话。", "completed_in_time"),
        ),
    ),
    _issue(
        "central_poverty",
        7,
        "专项巡视（二）5",
        "住房安全",
        "农村危房改造对象漏统，岚河县二百一十四户住房安全等级鉴定走过场。",
        "存量危房全部改造到位，农户住房安全鉴定全覆盖。",
        "市住房和城乡建设局",
        _by(-480),
        (
            _m("聘请三家专业鉴定机构对全市四类重点对象住房逐户重新鉴定，出具加盖公章的鉴定报告。", "signed_off"),
            _m(
                "完成岚河县二百一十四户危房加固或重建，通过县、乡、户三方验收后兑付补助。",
                "signed_off",
                None,
                ("岚河县人民政府",),
                target=(214, "户"),
            ),
            _m("拆除已建新房农户的旧危房一千零六处，对无力建房的四十一户实行公租房兜底安置。", "signed_off"),
            _m("约谈鉴定走过场的两名技术负责人，暂停其承接农房鉴定业务一年。", "signed_off"),
        ),
        responsible=("市住房和城乡建设局", "岚河县人民政府"),
    ),
    _issue(
        "central_poverty",
        8,
        "专项巡视（二）6",
        "饮水安全",
        "季节性缺水问题突出，松坪县高山片区六千余人冬春季需拉水保障。",
        "高山片区饮水水量、水质、方便程度和保证率全部达标。",
        "市水利局",
        _by(-430),
        (
            _m(
                "新建高山片区集中供水工程九处，铺设管网一百五十六公里，解决六千二百人季节性缺水。",
                "signed_off",
                None,
                ("松坪县人民政府",),
                target=(9, "处"),
            ),
            _m("为分散居住的三百九十户新建水窖、配备净水器，每年枯水期前组织清洗维护。", "signed_off"),
            _m("落实农村供水管水员四百八十名，水质每季度检测一次，检测报告在村务公开栏张贴。", "signed_off"),
        ),
        responsible=("市水利局", "松坪县人民政府"),
    ),
    _issue(
        "central_poverty",
        9,
        "专项巡视（三）1",
        "产业扶贫",
        "扶贫产业同质化严重，青禾县、临溪县一哄而上种植中药材，部分产品滞销。",
        "扶贫产业布局合理，滞销产品全部找到销路，带贫机制完善。",
        "市农业农村局",
        _by(-460),
        (
            _m("编制全市特色产业发展规划，按海拔和土壤条件划定茶叶、食用菌、蔬菜、中药材四个优势区。", "signed_off"),
            _m(
                "对接省内外药企和批发市场，签订中药材保底收购协议十四份，消化滞销产品三千一百吨。",
                "signed_off",
                target=(3100, "吨"),
            ),
            _m("完善“企业＋合作社＋农户”分红办法，二百八十个合作社章程载明保底分红比例。", "signed_off"),
            _m("组织农技专家一百五十人组成产业指导小分队，每个重点村每月现场指导不少于两次。", "signed_off"),
        ),
        responsible=("市农业农村局", "青禾县人民政府", "临溪县人民政府"),
    ),
    _issue(
        "central_poverty",
        10,
        "专项巡视（三）2",
        "资金管理",
        "扶贫资金滞留缓拨，石盘县有五千八百万元资金结转超过一年，十一个项目未按期开工。",
        "结转一年以上资金清零，项目资金支出进度达到序时要求。",
        "市财政局",
        _by(-610),
        (
            _m(
                "对石盘县五千八百万元结转资金逐笔清理，限期形成支出或收回统筹用于其他扶贫项目。",
                "signed_off",
                None,
                ("石盘县人民政府",),
                target=(5800, "万元"),
            ),
            _m("建立扶贫资金支出周通报制度，对支出进度低于序时十个百分点的县区下达提示函。", "signed_off"),
            _m("建成覆盖市县乡三级的扶贫项目库管理系统，未入库项目不得安排财政扶贫资金。", "signed_off"),
        ),
        responsible=("市财政局", "石盘县人民政府"),
        cooperating=("市乡村振兴局",),
    ),
    _issue(
        "central_poverty",
        11,
        "专项巡视（四）1",
        "作风建设",
        "扶贫领域形式主义突出，县乡村三级填表报数多达一百二十余种，重复要数据现象普遍。",
        "扶贫报表精简七成以上，同类数据一次采集、多方共享。",
        "市政府办公室",
        AT_ONCE,
        (
            _m(
                "清理县乡村三级扶贫报表，由一百二十六种精简至三十一种，未列入目录的基层有权拒报。",
                "signed_off",
                target=(31, "种"),
            ),
            _m("市级部门共用扶贫信息系统数据，确需基层补充的由市乡村振兴局统一扎口布置。", "signed_off"),
            _m("对多头重复要数据的五个单位点名通报，并设立基层减负监督电话和邮箱。", "signed_off"),
        ),
        cooperating=("市乡村振兴局",),
    ),
    _issue(
        "central_poverty",
        12,
        "专项巡视（四）2",
        "干部队伍",
        "驻村帮扶队伍作用发挥不充分，有七十六名第一书记在岗时间不足、不熟悉村情。",
        "驻村干部驻村天数达标，不胜任人员全部调整到位。",
        "市委组织部",
        _by(-520),
        (
            _m(
                "对全市六百九十二名第一书记和驻村队员开展履职评估，召回调整不胜任人员三十四名。",
                "signed_off",
                target=(34, "名"),
            ),
            _m("推行驻村工作手机签到和实地抽查双核验，驻村天数按月在县区组织部门公示。", "signed_off"),
            _m("落实驻村人员工作经费、生活补助和意外保险，提拔使用表现优秀的驻村干部二十一名。", "signed_off"),
            _m("举办驻村干部实务轮训班六期，围绕政策讲解、村情分析和群众工作开展情景教学。", "completed_in_time"),
        ),
        supervising=(),
    ),
)


_PROVINCIAL_POVERTY: tuple[DemoIssue, ...] = (
    _issue(
        "provincial_poverty",
        1,
        "省专巡1",
        "政治责任",
        "市级脱贫攻坚领导小组议事多、督办少，会议议定事项落实率不足七成。",
        "议定事项落实率达到百分之九十五以上。",
        "市政府办公室",
        _by(-560),
        (
            _m(
                "对近两年脱贫攻坚领导小组会议议定的八十八项事项逐项盘点，未落实事项重新明确时限。",
                "signed_off",
                target=(88, "项"),
            ),
            _m("建立会议议定事项督办单制度，办理情况每半月向领导小组组长报告一次。", "signed_off"),
            _m("将议定事项落实率纳入市直单位年度绩效考核，低于九成的扣减绩效分值。", "signed_off"),
        ),
    ),
    _issue(
        "provincial_poverty",
        2,
        "省专巡2",
        "易地搬迁",
        "易地扶贫搬迁安置点产业配套不足，锦绣家园等三个安置点入住率低于八成。",
        "安置点入住率达到百分之九十八，搬迁户每户至少一人稳定就业。",
        "市发展和改革委员会",
        _by(-470),
        (
            _m(
                "在锦绣家园等三个安置点建设帮扶车间七个，吸纳搬迁群众就近就业六百八十人。",
                "signed_off",
                target=(680, "人"),
            ),
            _m("完善安置点幼儿园、卫生室、便民超市等配套设施，打通两条进出道路。", "signed_off"),
            _m("对未入住的一百一十七户逐户了解原因，帮助解决装修、搬运和子女转学困难。", "signed_off"),
        ),
        responsible=("市发展和改革委员会", "松坪县人民政府", "岚河县人民政府"),
    ),
    _issue(
        "provincial_poverty",
        3,
        "省专巡3",
        "易地搬迁",
        "搬迁户旧房拆除和宅基地复垦滞后，二百零三处旧房仍有人反复居住。",
        "旧房应拆尽拆，复垦土地通过验收并移交村集体。",
        "市自然资源和规划局",
        _by(-430),
        (
            _m("依法依规拆除应拆旧房二百零三处，做好老年搬迁户思想工作和过渡安置。", "signed_off", target=(203, "处")),
            _m("复垦宅基地一百六十八亩，土壤改良后由村集体统一种植油茶和牧草。", "signed_off"),
            _m("对确需保留的传统民居二十七栋完成价值评估和挂牌保护，落实修缮责任人。", "completed_in_time"),
        ),
    ),
    _issue(
        "provincial_poverty",
        4,
        "省专巡4",
        "就业扶贫",
        "公益性岗位管理松散，存在虚报在岗、优亲厚友现象四十三例。",
        "公益性岗位人员、考勤、补贴发放真实一致。",
        "市人力资源和社会保障局",
        _by(-590),
        (
            _m(
                "对全市五千一百个扶贫公益性岗位逐岗核查，清退不符合条件人员四十三名并追回补贴。",
                "signed_off",
                target=(5100, "个"),
            ),
            _m("实行岗位公告、村级评议、乡镇审核、县级备案四步选聘程序，人员名单张榜公布。", "signed_off"),
            _m("推行手机定位打卡和月度工作照上传，补贴通过社保卡直接发放到人。", "signed_off"),
        ),
        cooperating=("市纪委监委",),
    ),
    _issue(
        "provincial_poverty",
        5,
        "省专巡5",
        "就业扶贫",
        "技能培训“重数量轻效果”，参训人员就业率仅三成，培训内容与用工需求脱节。",
        "参训后三个月内就业率达到六成以上。",
        "市人力资源和社会保障局",
        _by(-500),
        (
            _m("根据一百六十家企业用工需求开设焊工、月嫂、电商客服等订单班七十四个。", "signed_off", target=(74, "个")),
            _m("建立培训机构退出机制，对就业率低于四成的九家机构取消承训资格。", "signed_off"),
            _m("在东部协作城市设立劳务工作站五个，为外出务工人员提供岗位推荐和维权服务。", "signed_off"),
        ),
    ),
    _issue(
        "provincial_poverty",
        6,
        "省专巡6",
        "消费扶贫",
        "扶贫产品供应链不完善，质检标准缺失，预算单位采购份额未完成。",
        "预算单位采购份额足额完成，扶贫产品质量抽检合格率达到百分之百。",
        "市农业农村局",
        _by(-450),
        (
            _m(
                "认定扶贫产品三百二十种，统一包装标识和追溯二维码，建立不合格产品退出目录。",
                "signed_off",
                target=(320, "种"),
            ),
            _m("建成市级冷链物流中心和六个县级分拣点，缩短鲜活农产品出村进城时间。", "signed_off"),
            _m(
                "督促一百三十一家市直预算单位按比例采购扶贫产品，完成情况由市财政局按季通报。",
                "signed_off",
                None,
                ("市财政局",),
            ),
        ),
        cooperating=("市财政局",),
    ),
    _issue(
        "provincial_poverty",
        7,
        "省专巡7",
        "金融扶贫",
        "扶贫小额信贷逾期率偏高，望岭县“户贷企用”余额尚有一千二百万元。",
        "“户贷企用”全部清退，小额信贷逾期率控制在百分之一以内。",
        "望岭县人民政府",
        _by(-530),
        (
            _m(
                "逐企制定还款计划，清收望岭县“户贷企用”余额一千二百万元，贷款责任与农户脱钩。",
                "signed_off",
                target=(1200, "万元"),
            ),
            _m("对即将到期的小额信贷提前三个月逐户提醒，符合条件的办理展期或续贷。", "signed_off"),
            _m("完善风险补偿金管理办法，明确县级财政、银行、担保机构分担比例。", "signed_off"),
        ),
        cooperating=("市财政局",),
    ),
    _issue(
        "provincial_poverty",
        8,
        "省专巡8",
        "兜底保障",
        "农村低保动态管理不及时，应保未保与应退未退并存，核对系统利用率低。",
        "农村低保对象准确率达到百分之九十八，动态调整及时规范。",
        "市民政局",
        _by(-400),
        (
            _m("对全市四万六千名农村低保对象开展经济状况核对，新增纳入七百一十二户、退出五百零六户。", "signed_off"),
            _m("将乡镇民政经办人员培训与核对系统操作考核挂钩，考核合格后方可开通业务权限。", "signed_off"),
            _m("为特困供养人员全部签订照料护理协议，失能半失能老人集中供养率提高到六成。", "completed_in_time"),
        ),
    ),
    _issue(
        "provincial_poverty",
        9,
        "省专巡9",
        "基础设施",
        "通村公路安全隐患多，石盘县、青禾县有二百三十公里临水临崖路段未设护栏。",
        "临水临崖路段安全防护设施全部补齐。",
        "市交通运输局",
        _by(-380),
        (
            _m(
                "在石盘县、青禾县二百三十公里临水临崖路段安装波形护栏和警示柱。",
                "signed_off",
                None,
                ("石盘县交通运输局",),
                target=(230, "公里"),
            ),
            _m("对十九处急弯陡坡路段裁弯取直或加宽错车道，改造窄路面农村公路九十四公里。", "signed_off"),
            _m("推行农村公路“路长制”，八百三十个行政村落实养护员并兑现养护补助。", "signed_off"),
        ),
        responsible=("市交通运输局", "石盘县交通运输局", "青禾县人民政府"),
    ),
    _issue(
        "provincial_poverty",
        10,
        "省专巡10",
        "项目管理",
        "扶贫资产底数不清，部分村级光伏电站收益分配长期搁置。",
        "扶贫资产全部确权登记，光伏收益按规定分配到位。",
        "市乡村振兴局",
        _by(-350),
        (
            _m(
                "清查登记形成的扶贫资产九千四百项，分公益类、经营类、到户类确权移交。",
                "signed_off",
                target=(9400, "项"),
            ),
            _m(
                "对一百一十二座村级光伏电站收益开展审计，补分搁置收益八百六十万元。", "signed_off", target=(860, "万元")
            ),
            _m("明确光伏电站运维单位和年度检修计划，故障电站五日内恢复发电。", "signed_off"),
        ),
    ),
    _issue(
        "provincial_poverty",
        11,
        "省专巡11",
        "监督执纪",
        "扶贫领域问题线索处置偏慢，超期未办结十六件，通报曝光力度不够。",
        "超期线索全部办结，典型案例按月通报。",
        "市纪委监委",
        _by(-590),
        (
            _m("对超期未办结的十六件扶贫领域问题线索挂牌督办，由委领导包案限期了结。", "signed_off", target=(16, "件")),
            _m("建立与审计、财政、信访等部门线索双向移送台账，每月核对一次办理进度。", "signed_off"),
            _m("分三批通报扶贫领域典型案例二十四起，召开县乡干部警示教育大会九场。", "signed_off"),
        ),
        supervising=(),
    ),
    _issue(
        "provincial_poverty",
        12,
        "省专巡12",
        "脱贫质量",
        "脱贫不稳定户和边缘易致贫户监测预警滞后，五十八户因病因灾返贫风险未及时干预。",
        "监测对象帮扶措施全覆盖，风险户及时干预。",
        "市乡村振兴局",
        _by(-320),
        (
            _m("建立因病、因灾、因学支出骤增等七类预警指标，部门数据每周推送乡镇核查。", "signed_off"),
            _m(
                "对五十八户风险户落实临时救助、产业奖补、岗位安置等措施，逐户明确帮扶联系人。",
                "signed_off",
                target=(58, "户"),
            ),
            _m("开通农户自主申报小程序，乡镇七日内入户核实并反馈纳入结果。", "completed_in_time"),
        ),
        cooperating=("市民政局", "市医疗保障局"),
    ),
)


_CHECKS: tuple[DemoIssue, ...] = (
    _issue(
        "checks",
        1,
        None,
        "资金管理",
        "柳湾镇将二十八万元扶贫培训经费用于购买办公设备，账目未单独核算。",
        "违规资金全额归位，乡镇扶贫资金专账管理。",
        "柳湾镇人民政府",
        _by(-650),
        (
            _m(
                "柳湾镇将违规列支的二十八万元培训经费原渠道归还，补开农民实用技术培训班五期。",
                "signed_off",
                target=(28, "万元"),
            ),
            _m("对经办人和分管负责人给予组织处理，处理结果在全镇干部大会上通报。", "signed_off"),
            _m(
                "青禾县财政部门对十四个乡镇扶贫资金实行专账核算，并组织会计人员集中轮训。",
                "signed_off",
                None,
                ("青禾县人民政府",),
            ),
        ),
        source="2016年省财政扶贫资金专项检查",
        responsible=("柳湾镇人民政府", "青禾县人民政府"),
    ),
    _issue(
        "checks",
        2,
        None,
        "资金管理",
        "沁湖区两个扶贫项目招标程序不规范，化整为零规避公开招标。",
        "扶贫项目招投标程序合规，规避招标行为得到纠正。",
        "沁湖区人民政府",
        _by(-640),
        (
            _m("对两个化整为零的项目重新履行评审程序，核减工程造价六十三万元。", "signed_off", target=(63, "万元")),
            _m("出台限额以下扶贫工程交易办法，统一进入区公共资源交易平台随机抽取施工单位。", "signed_off"),
        ),
        source="2016年省财政扶贫资金专项检查",
    ),
    _issue(
        "checks",
        3,
        None,
        "产业扶贫",
        "石盘县扶贫核桃基地三千亩缺株断垄严重，后期管护资金未安排。",
        "核桃基地缺株补齐、管护到位，成活率达到九成。",
        "石盘县人民政府",
        _by(-600),
        (
            _m(
                "对核桃基地三千亩逐块核实，补植良种苗木二万四千株，更新品种牌和责任牌。",
                "signed_off",
                target=(24000, "株"),
            ),
            _m("每亩安排管护补助一百二十元，与管护农户签订三年合同，成活率达标后分年兑现。", "signed_off"),
            _m("引导一家加工企业与基地签订收购协议，建设脱青皮、烘干一体化初加工点两处。", "signed_off"),
        ),
        source="2016年市人大常委会扶贫工作视察",
        cooperating=("市林业局",),
    ),
    _issue(
        "checks",
        4,
        None,
        "基础设施",
        "望岭县七个贫困村通村桥梁建成后无人管护，三座桥栏杆损毁。",
        "通村桥梁管护责任落实，病害桥梁修复完成。",
        "望岭县人民政府",
        _by(-620),
        (
            _m(
                "修复三座损毁桥梁的栏杆和桥面铺装，增设限重标志，经检测合格后恢复通行。", "signed_off", target=(3, "座")
            ),
            _m("将贫困村通村桥梁全部纳入农村公路养护名录，明确乡镇养护员和年度经费。", "signed_off"),
        ),
        source="2016年市人大常委会扶贫工作视察",
        cooperating=("市交通运输局",),
    ),
    _issue(
        "checks",
        5,
        None,
        "精准识别",
        "临溪县部分贫困户档案逻辑错误，收入计算漏算务工、土地流转收入。",
        "贫困户档案与实际一致，收入测算准确。",
        "临溪县人民政府",
        _by(-560),
        (
            _m(
                "抽调乡村干部三百四十人开展档案交叉会审，纠正收入漏算、重算等错误一万一千处。",
                "signed_off",
                target=(11000, "处"),
            ),
            _m("编印收入测算口径明白纸，乡镇逐户与群众核对签字，做到账实相符。", "signed_off"),
            _m("对错误率居前的三个乡镇开展专题培训并复核验收，复核合格率须达到百分之九十八。", "signed_off"),
        ),
        source="2017年省脱贫攻坚督查巡查",
    ),
    _issue(
        "checks",
        6,
        None,
        "精准退出",
        "个别县区拟退出村提前“算账脱贫”，群众认可度调查表由干部代填。",
        "退出程序规范，群众认可度真实可靠。",
        "市乡村振兴局",
        _by(-540),
        (
            _m(
                "对三十六个拟退出村重新开展退出指标核查，核查结果经村民代表大会评议并公示。",
                "signed_off",
                target=(36, "个"),
            ),
            _m("委托高校第三方开展群众认可度入户调查，调查员与村组干部回避，全程录音。", "signed_off"),
            _m("对代填调查表的八名干部诫勉谈话，相关县区在全市会议上作检讨。", "signed_off", None, ("市纪委监委",)),
        ),
        source="2017年省脱贫攻坚督查巡查",
    ),
    _issue(
        "checks",
        7,
        None,
        "作风建设",
        "帮扶责任人走访不实，锦川区一百九十七名帮扶干部连续三个月未入户。",
        "帮扶责任人每月入户不少于一次，走访记录真实。",
        "锦川区人民政府",
        AT_ONCE,
        (
            _m(
                "对一百九十七名未按要求入户的帮扶干部逐人谈话提醒，限期补走访、补解决困难事项。",
                "signed_off",
                target=(197, "名"),
            ),
            _m("推行帮扶日志群众签字确认，区乡村振兴部门每月按比例电话回访贫困户。", "signed_off"),
            _m("将帮扶成效纳入年度考核，评为“较差”的取消评优资格并调整帮扶任务。", "signed_off"),
        ),
        source="2017年扶贫领域作风问题专项检查",
    ),
    _issue(
        "checks",
        8,
        None,
        "作风建设",
        "扶贫领域会议多、检查多，乡镇每月平均接待各类检查十一次。",
        "对乡镇的扶贫检查考核压减一半以上。",
        "市委办公室",
        _by(-590),
        (
            _m("实行扶贫检查计划审批备案，市级每年统一组织综合检查不超过两次。", "signed_off"),
            _m("将乡镇扶贫会议压减到每月两次以内，能合并的视频会议一律合并召开。", "signed_off"),
            _m("设立五十个基层减负观测点，定期收集乡镇反映并对反弹问题点名道姓通报。", "signed_off", target=(50, "个")),
        ),
        source="2017年扶贫领域作风问题专项检查",
    ),
    _issue(
        "checks",
        9,
        None,
        "干部队伍",
        "村级组织软弱涣散整顿不彻底，岚河县五个村党组织书记长期空缺。",
        "软弱涣散村党组织整顿销号，村书记全部配齐。",
        "市委组织部",
        _by(-580),
        (
            _m("采取下派、回引、内选等方式为五个村配齐党组织书记，县级领导包村整顿。", "signed_off", target=(5, "个")),
            _m("排查整顿软弱涣散村党组织三十九个，“一村一策”制定整顿方案并逐村验收。", "signed_off"),
            _m("储备村级后备干部一千一百名，安排到扶贫一线跟班锻炼，每半年考察评价一次。", "signed_off"),
        ),
        source="2017年市委脱贫攻坚专项巡察",
        responsible=("市委组织部", "岚河县人民政府"),
    ),
    _issue(
        "checks",
        10,
        None,
        "项目管理",
        "扶贫项目公示公告不到位，抽查的六十个项目中有十九个未公开竣工结算信息。",
        "县乡村三级扶贫项目公示公告率达到百分之百。",
        "市财政局",
        _by(-550),
        (
            _m(
                "补充公开十九个项目竣工结算信息，公示栏、县政府网站、村务微信群三处同步。",
                "signed_off",
                target=(19, "个"),
            ),
            _m("制定扶贫项目公示公告模板，明确公示内容、期限和监督电话。", "signed_off"),
            _m("聘请三百名村民担任项目义务监督员，对施工质量和资金使用全程监督。", "signed_off"),
        ),
        source="2017年市委脱贫攻坚专项巡察",
        cooperating=("市乡村振兴局",),
    ),
    _issue(
        "checks",
        11,
        None,
        "资金管理",
        "审计发现四个县区扶贫贷款贴息重复发放、超范围发放合计八十四万元。",
        "重复、超范围贴息全部追回，贴息审核流程堵塞漏洞。",
        "市财政局",
        _by(-470),
        (
            _m(
                "追回四个县区重复和超范围发放的贴息资金八十四万元，重新安排用于符合条件农户。",
                "signed_off",
                target=(84, "万元"),
            ),
            _m("建立贴息申报与贷款台账自动比对程序，重复身份信息和超限额申请系统自动拦截。", "completed_in_time"),
            _m("对审核把关不严的六名工作人员给予批评教育，调整两名岗位。", "signed_off"),
        ),
        source="2018年省扶贫审计",
    ),
    _issue(
        "checks",
        12,
        None,
        "资金管理",
        "扶贫工程结余资金未及时收回，十三个已完工项目超付工程款一百九十万元。",
        "超付工程款全部追回，结余资金统筹使用。",
        "市发展和改革委员会",
        _by(-440),
        (
            _m(
                "逐项目核对合同与结算，向施工单位追回超付工程款一百九十万元并缴入国库。",
                "signed_off",
                target=(190, "万元"),
            ),
            _m("对已完工项目结余资金一千三百万元收回统筹，调整用于安全饮水和产业路项目。", "completed_late"),
            _m("规范工程价款支付审批，未经第三方结算审核的项目支付比例不得超过八成。", "signed_off"),
        ),
        source="2018年省扶贫审计",
        cooperating=("市财政局",),
    ),
    _issue(
        "checks",
        13,
        None,
        "教育扶贫",
        "民主监督发现“雨露计划”补助政策知晓率低，部分中职学生未申领。",
        "符合条件的学生应补尽补，政策知晓率达到百分之九十五。",
        "市教育局",
        _by(-490),
        (
            _m(
                "通过学籍比对筛出未申领的中职、高职贫困学生三百六十五名，逐人通知并补发补助。",
                "signed_off",
                target=(365, "名"),
            ),
            _m("在招生季把补助政策明白卡随录取通知书寄送，驻村队员上门讲解一次。", "signed_off"),
            _m("建立“雨露计划”申报与学籍系统对接机制，符合条件自动提示申领。", "completed_in_time"),
        ),
        source="2018年民主监督调研",
        responsible=("市教育局", "市乡村振兴局"),
    ),
    _issue(
        "checks",
        14,
        None,
        "健康扶贫",
        "行业政策抽查发现慢性病用药报销门槛高，边远乡镇取药往返超过四十公里。",
        "慢性病患者就近取药，报销流程便捷。",
        "市医疗保障局",
        _by(-410),
        (
            _m(
                "将高血压、糖尿病等十八种慢性病门诊用药报销起付线取消，报销比例提高到七成。",
                "signed_off",
                target=(18, "种"),
            ),
            _m("在八十六个边远乡镇卫生院和中心村卫生室设立慢性病用药配送点，按月送药上门。", "completed_after_return"),
            _m("编制慢性病用药目录和就医流程图，在村卫生室张贴，村医负责代办报销手续。", "signed_off"),
        ),
        source="2018年省行业扶贫政策抽查",
        cooperating=("市卫生健康委员会",),
    ),
)


_ASSESSMENT: tuple[DemoIssue, ...] = (
    _issue(
        "assessment",
        1,
        "考核问题（一）",
        "责任落实",
        "部分行业部门对脱贫攻坚成效考核指标研究不深，年终数据与日常数据矛盾。",
        "行业数据口径统一，年终数据与日常数据一致。",
        "市乡村振兴局",
        _by(-95),
        (
            _m(
                "组织十八个行业部门对考核指标逐项对表，理清口径差异二十九处并形成统一说明。",
                "signed_off",
                target=(29, "处"),
            ),
            _m("建立行业数据季报会审制度，乡村振兴、统计、财政等部门联合审签后方可对外提供。", "signed_off"),
            _m("对年度考核失分点逐项分析，编印问题警示清单发至八个县区和园区。", "completed_in_time"),
        ),
        responsible=("市乡村振兴局",),
        cooperating=("市发展和改革委员会", "市财政局"),
    ),
    _issue(
        "assessment",
        2,
        "考核问题（二）",
        "义务教育",
        "易地搬迁安置点周边学校学位紧张，两所学校大班额超过六十人。",
        "大班额全部消除，搬迁子女就近入学。",
        "市教育局",
        _by(100),
        (
            _m(
                "新建安置点配套小学一所，设置三十六个教学班，新增学位一千六百二十个。",
                "on_schedule",
                None,
                ("松坪县人民政府",),
                ((-120, "完成主体结构封顶"), (30, "完成内外装修")),
                (1620, "个"),
            ),
            _m(
                "通过临时扩班、分流等方式消除两所学校六十人以上大班额，分流方案听取家长意见。",
                "completed_in_time",
                _by(-60),
            ),
            _m(
                "为安置点学校补充教师八十八名，县城优质学校选派骨干教师结对帮扶。",
                "signed_off",
                _by(-75),
                target=(88, "名"),
            ),
            _m("开行两条安置点至城区学校的定制校车线路，低年级学生乘车费用由县级财政补贴。", "completed_early"),
        ),
        responsible=("市教育局", "松坪县人民政府"),
    ),
    _issue(
        "assessment",
        3,
        "考核问题（三）",
        "基本医疗",
        "乡镇卫生院慢性病规范管理率低于全省平均水平四个百分点，随访记录雷同。",
        "慢性病规范管理率达到全省平均水平以上。",
        "市卫生健康委员会",
        _by(45),
        (
            _m(
                "对七万二千名在册慢性病患者开展一次集中体检，逐人建立电子健康档案。",
                "on_schedule",
                None,
                None,
                ((-90, "完成四万人体检"),),
                (72000, "人"),
            ),
            _m("对雷同随访记录开展专项核查，约谈问题突出的六家乡镇卫生院院长。", "signed_off", _by(-110)),
            _m("组建县级医院专家下沉团队二十四支，每周到乡镇卫生院坐诊带教。", "pending", _by(16)),
            _m(
                "将慢性病规范管理率与基本公共卫生经费拨付挂钩，按季考核兑现。",
                "completed_in_time",
                _by(-50),
                ("市财政局",),
            ),
        ),
    ),
    _issue(
        "assessment",
        4,
        "考核问题（四）",
        "住房安全",
        "青禾县、石盘县农村房屋雨季渗漏户较多，农户自建房质量监管缺位。",
        "渗漏农房全部修缮，农户建房质量有人管、有人查。",
        "市住房和城乡建设局",
        _by(70),
        (
            _m(
                "对汛期排查出的二千三百户渗漏农房逐户修缮屋面、檐沟，修缮前后拍照存档。",
                "on_schedule",
                None,
                ("青禾县人民政府",),
                ((-70, "完成一千二百户修缮"),),
                (2300, "户"),
            ),
            _m(
                "为每个乡镇配备建房助理员一名，培训农村建筑工匠九百人并登记造册。",
                "completed_early",
                target=(900, "人"),
            ),
            _m("编制农房建设质量通用图集六套，免费提供建房户选用并张贴施工要点。", "signed_off", _by(-130)),
            _m(
                "对石盘县一百八十户地质灾害隐患点农户落实汛期巡查和避险转移责任人。",
                "completed_in_time",
                _by(-85),
                ("石盘县人民政府",),
            ),
        ),
        responsible=("市住房和城乡建设局", "青禾县人民政府", "石盘县人民政府"),
    ),
    _issue(
        "assessment",
        5,
        "考核问题（五）",
        "饮水安全",
        "部分千人以上供水工程水质检测指标不全，消毒设备闲置。",
        "千人以上供水工程水质检测达标、消毒设备正常使用。",
        "市水利局",
        _by(14),
        (
            _m(
                "对一百零八处千人以上供水工程消毒设备逐一检修，更换损坏设备五十三台套。",
                "completed_early",
                target=(53, "台套"),
            ),
            _m(
                "依托县级水质检测中心开展丰水期、枯水期全指标检测，检测结果向用水户公开。",
                "on_schedule",
                None,
                ("青禾县水利局",),
                ((-65, "完成丰水期检测"),),
            ),
            _m("落实水费收缴和财政补贴机制，保障供水工程日常维修经费。", "signed_off", _by(-70)),
            _m("开展管水员操作技能竞赛和轮训，考试不合格的暂停聘用。", "completed_in_time", _by(-55)),
        ),
    ),
    _issue(
        "assessment",
        6,
        "考核问题（六）",
        "产业扶贫",
        "扶贫产业利益联结不紧密，五十一个合作社带动农户分红低于约定标准。",
        "合作社按约定分红，利益联结机制规范运行。",
        "市农业农村局",
        _by(150),
        (
            _m(
                "对五十一个分红不足的合作社逐一审计，补发农户分红二百三十七万元。",
                "on_schedule",
                None,
                None,
                ((-50, "补发一百二十万元"),),
                (237, "万元"),
            ),
            _m("推广“保底收益＋按股分红＋劳务收入”合同文本，签约率达到九成以上。", "on_schedule_unreported"),
            _m(
                "对长期不履约的十二个合作社启动扶持资金收回和名录退出程序。",
                "on_schedule",
                None,
                ("临溪县农业农村局",),
                ((-30, "完成履约核查和书面告知"),),
            ),
            _m("为产业带头人开展品牌、电商、财务培训十二期，培训七百五十人。", "completed_early", target=(750, "人")),
        ),
        responsible=("市农业农村局", "临溪县农业农村局"),
    ),
    _issue(
        "assessment",
        7,
        "考核问题（七）",
        "脱贫质量",
        "个别脱贫户收入结构单一、转移性收入占比过高，内生动力不足。",
        "脱贫户收入结构持续优化，转移性收入占比逐年下降。",
        "市乡村振兴局",
        _by_and_on(120),
        (
            _m(
                "开展“道德超市”“积分换物”活动，七百四十个行政村建立劳动致富激励台账。",
                "basically_completed",
                target=(740, "个"),
            ),
            _m(
                "对转移性收入占比超过五成的一千九百户逐户制定增收计划，优先安排产业和就业扶持。",
                "on_schedule",
                None,
                ("岚河县乡村振兴局",),
                ((-45, "完成逐户增收计划编制"),),
                (1900, "户"),
            ),
            _m("常态化开展脱贫政策和勤劳致富典型宣讲，组织宣讲小分队进村入户。", "long_term", FOR_EVER),
        ),
        responsible=("市乡村振兴局", "岚河县乡村振兴局"),
    ),
    _issue(
        "assessment",
        8,
        "考核问题（八）",
        "考核运用",
        "考核结果运用不充分，对排名靠后县区的帮扶指导不够，问题整改重形式。",
        "考核结果与干部评价、资金分配挂钩，后进县区有人帮、有人盯。",
        "市委组织部",
        _by(60),
        (
            _m("制定考核结果与干部评价、财政专项资金分配挂钩办法，经市委审定后印发执行。", "pending", _by(18)),
            _m("向考核靠后的岚河县、望岭县派驻整改指导组，每组五人、驻点两个月。", "signed_off", _by(-100)),
            _m(
                "组织考核整改“回头看”，随机抽取八十个村核查整改真实性，发现虚假整改的严肃问责。",
                "on_schedule_unreported",
                None,
                ("市纪委监委",),
                (),
                (80, "个"),
            ),
            _m("将考核反馈问题和整改成效同步在市级媒体公开，接受群众评议。", "on_schedule"),
        ),
        supervising=("市乡村振兴局",),
    ),
)

ISSUES: tuple[DemoIssue, ...] = (
    *_CENTRAL, *_PROVINCIAL, *_CENTRAL_POVERTY, *_PROVINCIAL_POVERTY, *_CHECKS, *_ASSESSMENT,
)  # fmt: skip


LINKS: tuple[DemoLink, ...] = (DemoLink("central", "23", 2, "provincial", "2"),)
"""The rules for running village plants and who pays for them answer the sewage of the six market towns too."""

# Sentences of progress reports by field and by phase of a measure's life (early, middle, late).
REPORT_TEXTS: dict[str, dict[str, tuple[str, ...]]] = {
    "environment": {
        "early": (
            "已印发专项实施方案，明确分管领导和经办科室，本期完成现场摸底，底册已建立。",
            "组织技术单位踏勘现场三次，问题点位逐一编号拍照，初步设计正在编制。",
            "召开专题推进会，任务分解到科室和乡镇，资金测算已报财政部门审核。",
            "完成立项审批，正在办理用地预审和招标前置手续。",
            "已与涉及企业、群众逐户见面，宣传政策并签订承诺书，首批清理工作已经开始。",
            "设计方案通过专家评审，按专家意见补充了防渗和应急内容。",
            "完成第三方监测单位比选，首次本底监测已经采样。",
            "涉及的三个部门已会签责任分工，现场设立了公示牌和监督电话。",
        ),
        "middle": (
            "施工单位已进场，两个作业面同时推进，本期完成工程量约占总量的四成。",
            "主体工程已过半，监理周报齐全，隐蔽工程已分段验收。",
            "本期完成管线、构筑物等主要节点施工，设备已下单订货，预计下期到货。",
            "受连续降雨影响，土方作业停工六天，已调增机械和人员追赶进度。",
            "对照台账抽查点位十二处，发现返潮反弹问题两处，均已现场整改到位。",
            "第三方监测数据较整改前明显好转，主要指标连续两期达到阶段目标。",
            "涉及的执法案件已立案，正在按程序调查取证，责令改正决定书已送达。",
            "补偿协议签约率超过七成，剩余农户由包片干部逐户做工作。",
            "阶段性资金拨付到位，施工单位农民工工资按月发放，无欠薪投诉。",
        ),
        "late": (
            "工程已全部完工，正在组织竣工预验收，施工、监理、检测资料汇总装订中。",
            "现场已清理干净，植被补植完成，管护责任牌已安装。",
            "设备连续试运行三十天，数据稳定，正在申请验收监测。",
            "自查自验已完成，发现的四处细小问题当场整改，验收申请材料已报督导单位。",
            "整改成效已在政府网站公示，公示期内未收到异议。",
            "剩余收尾工程为标识标牌和绿化补植，下期可以完成。",
            "组织“回头看”核查，未发现反弹，长效管护经费已列入预算。",
            "整改前后对比照片、监测报告、移交协议等佐证材料已归集成册。",
        ),
    },
    "poverty": {
        "early": (
            "成立专项整改小组，逐条分析原因，制定整改清单并报主管部门备案。",
            "组织人员进村入户摸底，问题对象名单已逐户核对。",
            "召开专题民主生活会和整改部署会，责任人签字认领问题。",
            "已与公安、医保、民政等部门交换数据，正在核查比对疑点信息。",
            "制定入户核查表和工作口径，完成乡镇业务骨干培训。",
            "整改所需资金已列入项目库，正在履行项目审批程序。",
        ),
        "middle": (
            "问题对象核实过半，符合条件的已落实政策，不符合条件的按程序清退。",
            "项目正在实施，村级监督员全程参与，已完成资金支付约五成。",
            "建立周调度制度，本期对进度偏慢的四个乡镇发出提醒。",
            "整改过程征求群众意见二百余条，采纳合理建议并调整实施办法。",
            "对存疑档案开展交叉复核，纠正错误信息，更新纸质和电子档案。",
            "培训、劳务对接等活动陆续开展，参加对象已建立跟踪台账。",
            "部门联席会议研究解决了资金支付和数据共享两个难点。",
        ),
        "late": (
            "清单所列任务全部落实，正在开展入户抽查验证。",
            "整改资金已全部支付，项目通过县级验收，公示无异议。",
            "制度文件已印发执行，相关台账、照片、凭证归档备查。",
            "随机回访受益群众四十户，满意度较高，未发现反弹问题。",
            "追缴资金已上缴国库，涉及人员处理决定已送达。",
            "已向督导单位提交完成情况说明，等待复核意见。",
            "整改成果纳入常态化监测，下一步按季抽查。",
        ),
    },
    "other": {
        "early": (
            "完成任务分解，责任科室和时间表已经确定。",
            "开展情况摸底，形成问题底册并向上级主管部门报告。",
            "制定工作方案，征求相关单位意见后印发实施。",
        ),
        "middle": (
            "按方案推进，主要任务完成过半，没有明显困难。",
            "召开协调会，解决跨部门配合问题三项。",
            "开展中期自查，对进度偏慢环节明确了补救措施。",
        ),
        "late": (
            "主要任务基本完成，正在整理佐证材料。",
            "自查合格，拟提交督导单位认定。",
            "成果已固化为制度，后续纳入日常管理。",
        ),
    },
}

DIFFICULTIES: tuple[str, ...] = (
    "涉及群众搬迁补偿分歧较大，少数农户期望值偏高，签约进度慢于计划。",
    "项目用地报批环节较多，林地手续尚在办理，影响施工单位进场。",
    "地下管线资料不全，施工中多次发现不明管线，需反复变更设计。",
    "县级配套资金缺口较大，上级补助资金下达较晚。",
    "雨季持续时间长，土方和防渗作业窗口期短。",
    "主要设备生产周期较长，厂家交货时间推迟约二十天。",
    "部分企业经营困难，治污改造积极性不高。",
    "涉及两个县区交界地带，责任划分和投入比例需要协商。",
    "专业技术力量不足，县级缺少懂工艺、会管理的人员。",
    "历史资料缺失，原建设单位已经撤并，追溯核实难度大。",
    "部门之间数据口径不一致，比对结果需要逐条人工核实。",
    "外出务工人员较多，入户核查和签字确认耗时较长。",
    "施工路段交通流量大，只能夜间分段作业。",
    "暂无突出困难，需继续保持调度力度。",
    "已建成设施运行费用较高，长期运维经费来源需进一步明确。",
    "原设计标准偏低，按现行规范需要调整部分工程内容。",
)

REASONS: tuple[str, ...] = (
    "前期手续办理估计不足，招标比计划晚了一个多月。",
    "汛期持续降雨，土方作业连续停工二十余天。",
    "牵头科室力量不足，问题摸排和方案编制推进偏慢。",
    "上级补助资金下达较晚，施工单位进场推迟。",
    "与相邻县区的任务划分迟迟没有商定，责任没有压到人。",
)

CATCH_UPS: tuple[str, ...] = (
    "增加两个作业班组，倒排工期到周，每周五由分管领导现场核对。",
    "先行实施不受用地限制的作业面，其余部分两个月内补齐。",
    "抽调业务骨干组建专班，逐项销号，每旬通报一次进度。",
    "由县级财政先行垫付，设备到场后连续安装调试。",
)

NEXT_STEPS: tuple[str, ...] = (
    "下期完成剩余作业面施工，同步整理监理和检测资料。",
    "由分管负责同志每周到现场调度一次，未完成事项逐项倒排工期。",
    "加快办理用地、林地手续，力争下月具备全面开工条件。",
    "对未签约农户再次上门，县级领导包片化解矛盾。",
    "组织第三方开展阶段验收监测，发现问题立即返工。",
    "会同财政部门落实配套资金，按工程进度及时拨付。",
    "对已完成点位开展“回头看”，防止反弹。",
    "尽快收集竣工图、照片、检测报告等佐证材料，申报完成。",
    "增加施工班组和机械设备，抢抓晴好天气施工。",
    "召开相邻县区联席会议，明确分工并签订共治协议。",
    "请上级主管部门派专家现场指导，优化工艺方案。",
    "完善管护制度，落实管护人员和经费。",
    "对核查发现的疑点信息限期逐户复核，结果张榜公示。",
    "督促企业按承诺时间完成改造，逾期依法处理。",
    "做好公示和群众满意度调查，广泛听取意见。",
    "总结经验做法，在面上同类问题中举一反三推开。",
)

RETURN_REASONS: tuple[str, ...] = (
    "佐证材料只有施工过程照片，缺竣工验收意见和工程量清单，请补充后重新申报。",
    "现场抽查发现两处点位未按设计完成，与申报内容不符，请整改到位后再报。",
    "监测报告仅覆盖一个月，未满足连续稳定达标的要求，请补足监测周期。",
    "未附整改前后同角度对比照片，无法判断整改效果。",
    "群众回访中有多户反映问题依然存在，请核实并说明处理情况。",
    "申报数量与台账数量不一致，相差部分未作说明，请逐项核对。",
    "长效管护责任单位和经费来源不明确，不符合整改目标要求。",
    "责任单位盖章不全，配合单位未签署意见，请完善手续。",
    "资金追缴凭证缺失，仅有情况说明，请提供缴款票据复印件。",
    "所附制度文件为征求意见稿，尚未正式印发，请印发后重新提交。",
)

REPORT_RETURN_REASONS: tuple[str, ...] = (
    "只写了“正在推进”，没有说明封顶面积和设备到货数量，请按阶段性目标补充数字后重新填报。",
)
EXTENSION_REASONS: tuple[str, ...] = (
    "用地手续因规划调整重新报批，审批通过后方可施工，申请延长整改时限。",
    "汛期连续强降雨造成基坑被淹，施工停滞较长时间，申请顺延。",
    "专家评审要求增加防渗和监测内容，设计变更需重新履行招标程序。",
    "上级规划编制要求调整，原规划需与国土空间规划衔接后报批。",
    "设备供应厂家不能按期交货，已另行采购，到货安装需要相应时间。",
    "补偿方案涉及农户较多，为稳妥推进，申请适当延长签约和拆除时间。",
)

CONFIRM_REASONS: dict[str, tuple[str, ...]] = {
    "on_schedule": (
        "经现场核查，形象进度与实施方案一致，认定达到序时进度。",
        "受审批周期影响的节点已有补救安排，其余工作按计划推进，同意认定达到序时进度。",
        "核对监理月报和支付凭证，完成工程量与计划相符。",
        "季节性施工安排合理，本期未到集中施工时段，认定达到序时进度。",
    ),
    "behind": (
        "现场核查发现实际完成量明显少于填报数量，认定未达到序时进度。",
        "主要设备至今未到货，土建虽完工但无法联调，认定进度滞后。",
        "清运力量不足，连续两期日均清运量低于计划的一半，认定未达到序时进度。",
        "责任单位未按调度要求补充施工力量，后续节点难以保证，认定滞后。",
    ),
}

DONE_TEXTS: dict[str, tuple[str, ...]] = {
    "environment": (
        "该项措施所列内容已全部完成，经自查达到整改目标，竣工资料和监测报告附后，申请认定。",
        "工程通过竣工验收并移交管护单位，现场无遗留问题，特申报完成。",
        "问题点位逐一核实整改到位，前后对比照片、台账齐全，公示期内无异议。",
        "监测数据连续稳定达标，长效管护制度已经印发，现申请按完成认定。",
        "违法行为查处完毕，罚款缴清、现场恢复，案卷复印件已上传。",
        "清理任务完成并经乡镇、县级两级复核，未发现反弹，请予认定。",
        "治理设施建成投运，数据接入监管平台，运行管理单位已明确。",
        "相关制度正式印发并执行，培训签到、抽查记录作为佐证一并提交。",
    ),
    "poverty": (
        "问题对象逐户整改到位，档案和系统信息已同步更新，经入户抽查属实，申请认定。",
        "资金全部追回或支付到位，凭证齐全，项目公示无异议，特申报完成。",
        "政策已足额兑现，受益群众签字确认，回访满意，请予认定。",
        "制度已印发并运行两个周期，效果良好，相关台账可供查阅。",
        "项目建成投用并移交村集体，管护责任和收益分配办法已经明确。",
        "涉及人员处理完毕，警示教育已开展，处理决定和会议记录附后。",
        "经县级自验合格，核查表、照片、发放花名册等材料已上传，申请认定。",
    ),
    "other": (
        "任务全部完成，佐证材料齐全，申请认定。",
        "经自查达到整改目标，相关文件和记录已上传，特申报完成。",
    ),
}

REOPEN_REASONS: tuple[str, ...] = (
    "雨季后复查发现坡面局部垮塌、草种流失，已完成的复绿成果出现反弹，退回重新整改。",
    "群众再次举报同类问题，经现场核实属实，按反弹问题重新纳入台账。",
)

BEHIND_TEXTS: tuple[str, ...] = (
    "受审批和天气影响，本期节点任务未能完成，已制定追赶计划，增加施工力量。",
    "完成数量低于计划，主要原因是施工队伍更换、交接时间较长，正在抓紧组织。",
    "设备到货推迟，原定节点顺延，已派人驻厂催货。",
    "部分点位群众协调未果，施工受阻，正由乡镇干部逐户做工作。",
)

NOT_STARTED_TEXTS: tuple[str, ...] = (
    "项目资金尚未落实，目前正在与财政部门对接，该项措施尚未启动。",
    "前置手续正在办理，施工招标未开始，本期尚未启动实质性工作。",
    "责任科室人员调整，方案仍在内部征求意见，尚未启动。",
)
