"""What the four courses of the demo teach, in Chinese and English. HQ would write it in the
admin."""

from dataclasses import dataclass, field

from dealers.models import Role


@dataclass(frozen=True)
class DemoLesson:
    minutes: int
    title: str
    title_en: str
    body: str
    body_en: str
    film: str = ""  # the stem of a file in demo_media
    sheet: str = ""  # a picture that is offered as a download


@dataclass(frozen=True)
class DemoQuestion:
    """The correct answers are those named in ``right``, counted from 1."""

    lesson: int
    right: tuple[int, ...]
    text: str
    text_en: str
    feedback: str
    feedback_en: str
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class DemoCourse:
    slug: str
    title: str
    title_en: str
    summary: str
    summary_en: str
    # Role, required, days until it is due.
    roles: tuple[tuple[Role, bool, int | None], ...]
    lessons: tuple[DemoLesson, ...]
    questions: tuple[DemoQuestion, ...]
    # Name to what it shows, in both languages.
    pictures: dict[str, tuple[str, str]] = field(default_factory=dict)


OWNERSHIP = DemoCourse(
    slug="ownership",
    title="归属规则怎么保护你",
    title_en="How the ownership rules protect you",
    summary="登记一位顾客之后，他归谁、归到哪天、别人来登记会怎样。学完能向同事讲清楚。",
    summary_en="Whose a customer is after you register them, until when, and what happens when"
    " somebody else tries.",
    roles=(
        (Role.ASSOCIATE, True, 30),
        (Role.STORE_MANAGER, True, 30),
        (Role.OWNER, True, 45),
        (Role.REGIONAL_MANAGER, True, 30),
    ),
    lessons=(
        DemoLesson(
            minutes=2,
            title="先登记，顾客就归你",
            title_en="Registered first, yours",
            body="""登记看的是**系统收到的时间**，不是手机上的时间，也不是谁先认识顾客。

## 三个要点

1. **手机号加同意就够。**其他资料可以登记之后再补。
2. **登记成功就有凭证。**凭证上有编号、时间和保护到哪一天，不能改，也不能删。
3. **总部不会拿走顾客。**总部可以服务这位顾客，但归属仍是本店，收益照计。

## 同一位顾客，两家店都登记呢

同一个手机号就是同一位顾客。先收到的那一次算数；后来的那家店会看到“这位顾客已有门店在服务”，
看不到是哪一家。

> 「已经帮您登记好了，这是凭证号。以后您在任何一家门店或线上买，都由我们店负责到底。」""",
            body_en="""What counts is **when the system received** the registration, not the
phone's
clock and not who knew the customer first.

## Three points

1. **A mobile number and consent are enough.** Everything else can be added later.
2. **Every registration has a receipt.** Number, time and the day your protection ends; nobody can
   change or delete it.
3. **HQ does not take customers.** HQ may serve them, but ownership stays with you and you
   are paid.

## What if two stores register the same person?

The same mobile number is the same customer. The first one received counts; the later store sees
“this customer already has a store”, never which one.

> “You are registered, here is your receipt number. Wherever you buy, our store looks after
> you.”""",
        ),
        DemoLesson(
            minutes=3,
            title="90 天保护期怎么算",
            title_en="How the 90 days are counted",
            body="""登记成功，保护期从当天起算 **90 天**，到第 90 天的晚上 24:00 结束。

![保护期的时间线](protection)

## 举个例子

1. **1 月 1 日登记。**保护到 4 月 1 日，4 月 1 日当天也算。
2. **4 月 2 日到 4 月 4 日是宽限期。**这 3 天只有本店还能续期，别的店不能登记。
3. **宽限期也过了。**顾客进入公海，谁先登记归谁。

## 系统会提醒你

结束前 30 天、7 天和 1 天，顾客会出现在“快到期”里。打开顾客页就能看到还剩几天。""",
            body_en="""Protection runs for **90 days** from the day of the registration and ends at
midnight of the 90th.

![The timeline of a protection](protection)

## An example

1. **Registered on 1 January.** Protected until 1 April, 1 April included.
2. **2 to 4 April is the grace period.** For these 3 days only your store can renew; nobody
   else can
   register.
3. **After the grace period** the customer is in the pool, and whoever registers first owns them.

## The portal reminds you

30, 7 and 1 days before the end the customer shows under “expiring”.""",
        ),
        DemoLesson(
            minutes=2,
            title="怎样让保护期延长",
            title_en="What makes the protection longer",
            body="""## 能延长的

1. **有结果的联系。**到店、报价、有结果的通话、订金、服务，从那天起再算 90 天。
2. **成交。**本店或线上付款成交，从成交日起算 365 天。

一天最多延长一次；没有成交，从开始那天算起最多 365 天。

## 不能延长的

| 做了什么 | 会延长吗 |
|---|---|
| 在备注里写“还在考虑” | 不会 |
| 群发一条新品短信 | 不会 |
| 修改顾客资料 | 不会 |
| 打通电话，约好上门测量 | 会 |

## 别忘了头 48 小时

登记后 **48 小时**内要联系一次，否则系统会提醒；7 天都没有联系，顾客会回到公海。""",
            body_en="""## What renews

1. **A contact with a result.** A visit, a quote, a call with an outcome, a deposit, a service: 90
   days from that day.
2. **A sale.** Paid in your store or online: 365 days from the sale.

Once a day at most, and without a sale never beyond 365 days from the start.

## What does not

| What you did | Renews? |
|---|---|
| A note “still thinking” | no |
| A message to everybody | no |
| Editing the card | no |
| A call that fixed a visit | yes |

## Mind the first 48 hours

Contact a new customer within **48 hours**, else the portal warns you; after 7 days without
contact the
customer returns to the pool.""",
        ),
        DemoLesson(
            minutes=2,
            title="顾客到别的店买，你也有份",
            title_en="When they buy elsewhere, you have a share",
            body="""## 谁拿多少

1. **在本店买。**全部计给本店。
2. **在别的经销商那里买。**服务的店 70%，归属店 30%——前提是你做过首次联系。
3. **在线上买。**线上分成全部计给归属店。

## 为什么要做首次联系

归属店没有在时限内联系过顾客，30% 就归零，服务的店拿 100%。登记只是开始，联系才算数。

## 在哪里看

顾客页的时间线上，每次登记、到店、下单、退货都在，写明时间、地点、人员和用到的规则。谁也改不
了。""",
            body_en="""## Who gets what

1. **Bought in your store.** All of it is yours.
2. **Bought at another dealer.** The serving store gets 70 %, you get 30 %, if you made the first
   contact.
3. **Bought online.** The owner gets all of the online share.

## Why the first contact matters

Without it the 30 % become 0 and the serving store gets everything. Registering is the beginning.

## Where to see it

The timeline on the customer's page shows every registration, visit, order and return with
time, place,
person and rule. Nobody can rewrite it.""",
        ),
    ),
    questions=(
        DemoQuestion(
            lesson=1,
            right=(2,),
            text="两家店先后登记了同一个手机号，以什么为准？",
            text_en="Two stores register the same number. What decides?",
            feedback="以系统收到登记的时间为准。手机自己的时间只作为证据保存。",
            feedback_en="The moment the system received it. The phone's own clock is"
            " kept as evidence.",
            answers=(
                ("谁先认识这位顾客", "Who knew the customer first"),
                ("系统先收到哪家的登记", "Whose registration the system received first"),
                ("哪家店的级别更高", "Which store has the higher level"),
            ),
        ),
        DemoQuestion(
            lesson=2,
            right=(3,),
            text="1 月 1 日登记的顾客，保护期到哪一天？",
            text_en="Registered on 1 January. What is the last protected day?",
            feedback="90 天，到 4 月 1 日，当天也算。",
            feedback_en="90 days: 1 April, that day included.",
            answers=(
                ("3 月 1 日", "1 March"),
                ("3 月 31 日", "31 March"),
                ("4 月 1 日", "1 April"),
                ("7 月 1 日", "1 July"),
            ),
        ),
        DemoQuestion(
            lesson=2,
            right=(1,),
            text="保护期昨天结束，今天是宽限期第 1 天。谁能做什么？",
            text_en="The protection ended yesterday; it is day 1 of the grace"
            " period. Who can do what?",
            feedback="宽限期 3 天，只有归属店可以用一次有结果的联系续期，别的店不能登记。",
            feedback_en="For 3 days only the owner can renew, by a contact with a result.",
            answers=(
                (
                    "只有本店能续期，别的店不能登记",
                    "Only your store can renew, others cannot register",
                ),
                ("谁先登记归谁", "Whoever registers first"),
                ("只有总部能分配", "Only HQ can assign the customer"),
            ),
        ),
        DemoQuestion(
            lesson=3,
            right=(1, 3),
            text="下面哪些会让保护期延长？",
            text_en="Which of these renew the protection?",
            feedback="有结果的通话、到店、报价、订金、服务和成交会延长。群发和备注不算。",
            feedback_en="Calls with an outcome, visits, quotes, deposits, services and sales; notes"
            " and bulk messages do not.",
            answers=(
                ("打通电话，约好周六上门测量", "A call that fixed a visit on Saturday"),
                ("群发一条新品短信", "A message about a new product to everybody"),
                ("顾客到店看样", "The customer visits the store"),
                ("在备注里写“客户还在考虑”", "A note “still thinking”"),
            ),
        ),
        DemoQuestion(
            lesson=3,
            right=(2,),
            text="登记之后多久之内要做首次联系？",
            text_en="Within what time do you owe the first contact?",
            feedback="48 小时。超过会提醒，7 天没有联系会回到公海。",
            feedback_en="48 hours. Then a warning; after 7 days the customer returns to the pool.",
            answers=(
                ("24 小时，否则马上失去归属", "24 hours, or ownership is lost at once"),
                ("48 小时", "48 hours"),
                ("7 天", "7 days"),
            ),
        ),
        DemoQuestion(
            lesson=4,
            right=(1,),
            text="你的顾客在另一家经销商买了机器，你做过首次联系。怎么算？",
            text_en="Your customer buys at another dealer; you had made the first contact. Who"
            " gets what?",
            feedback="服务的店 70%，归属店 30%。归属不变。",
            feedback_en="The serving store 70 %, the owner 30 %. Ownership does not change.",
            answers=(
                ("服务的店 70%，本店 30%", "Serving store 70 %, you 30 %"),
                ("全部计给服务的店", "All to the serving store"),
                ("各 50%", "50 % each"),
            ),
        ),
    ),
    pictures={"protection": ("从登记到宽限期结束的时间线", "Timeline from registration to grace")},
)

FOLLOW_UP = DemoCourse(
    slug="first-follow-up",
    title="24小时回访怎么做",
    title_en="The follow-up within 24 hours",
    summary="规则要求 48 小时内联系，做得好的店 24 小时内就打第一通电话。三节课，学会问、约、记。",
    summary_en="The rule says 48 hours; good stores call within 24. Learn to ask,"
    " to agree, to record.",
    roles=(
        (Role.ASSOCIATE, True, 14),
        (Role.STORE_MANAGER, True, 14),
        (Role.OWNER, False, None),
    ),
    lessons=(
        DemoLesson(
            minutes=2,
            title="为什么是 24 小时",
            title_en="Why 24 hours",
            body="""顾客登记以后，最容易丢的就是头一天：他还记得你说了什么，也还在比较。

## 三个要点

1. **规则是 48 小时，目标是 24 小时。**留一天给打不通的电话。
2. **联系过，份额才有保证。**顾客在别的店买，做过首次联系才有 30%。
3. **每天先看“待跟进”。**打开顾客列表，第一个视图就是今天要打的电话。

## 打不通怎么办

换个时间再打一次，再发一条短信说明你是谁。把“未接通”也记下来，下一位同事就知道打过了。""",
            body_en="""The first day decides: the customer still remembers you, and still compares.

## Three points

1. **The rule says 48 hours, aim at 24.** That leaves a day for calls that nobody answers.
2. **Contact secures your share.** When they buy elsewhere, 30 % are yours only after a first
   contact.
3. **Begin the day with “to follow up”.** It lists the calls of today.

## Nobody answers?

Try at another time, then send a message that says who you are. Record “no answer” too, so that a
colleague knows.""",
        ),
        DemoLesson(
            minutes=1,
            title="第一通电话怎么打",
            title_en="The first call",
            film="first-call",
            body="""## 三个要点

1. **先问，不先卖。**问家里的具体情况，顾客才愿意再接你的电话。
2. **约一件具体的事。**上门测量、到店看样或一份报价，写上日期和时间。
3. **当场记结果。**有结果的通话会让保护期从今天起再算 90 天。

## 文字版

先说清你是谁、在哪家店，再问一个具体问题；听完以后约一件事，约定日期和时间；最后当场把结果记进
系统。

## 试着说一遍

> 「许女士您好，我是永康街店的李敏。您昨天来店里看净水机，想问一下家里现在水碱多不多？」""",
            body_en="""## Three points

1. **Ask before you sell.** Ask about their home, and they will take your next call.
2. **Agree on one thing.** A measurement, a visit or a quote, with day and time.
3. **Record it at once.** A call with an outcome renews the protection for 90 days from today.

## In words

Say who you are and from which store, ask one concrete question, agree on one thing with day
and time,
and record the result before you hang up the phone.

## Say it once

> “Hello Ms Xu, this is Li Min from the store. You looked at a water purifier yesterday. Is
> there much
> limescale at home?”""",
        ),
        DemoLesson(
            minutes=2,
            title="把结果记下来",
            title_en="Record the result",
            body="""打完电话 10 秒就能记完：打开顾客页，点“记录跟进”，选结果，写一句话。

![电话之后要做的三步](steps)

## 选哪个结果

| 情况 | 选 | 会续期吗 |
|---|---|---|
| 约好上门或到店 | 有结果的通话 | 会 |
| 发了报价 | 报价 | 会 |
| 没人接 | 未接通 | 不会 |
| 只想记一句话 | 备注 | 不会 |

## 写给下一位同事看

写具体的：“三口之家，水压低，周六 10 点上门测量”，不要写“有意向”。""",
            body_en="""It takes ten seconds: open the customer, tap “record a follow-up”,
choose the
result, write one sentence.

![Three steps after a call](steps)

## Which result?

| What happened | Choose | Renews? |
|---|---|---|
| A visit was agreed | call with an outcome | yes |
| You sent a quote | quote | yes |
| Nobody answered | no answer | no |
| Just something to remember | note | no |

## Write for the next colleague

“Family of three, low pressure, measuring on Saturday at 10” helps; “interested” does not.""",
        ),
    ),
    questions=(
        DemoQuestion(
            lesson=1,
            right=(2,),
            text="为什么我们的目标是 24 小时，而规则写的是 48 小时？",
            text_en="Why aim at 24 hours when the rule says 48?",
            feedback="第一次打不通很常见，留一天给第二次。",
            feedback_en="The first call often fails; that leaves a day for the second.",
            answers=(
                ("规则马上要改成 24 小时", "The rule is about to change"),
                ("打不通的时候还有一天可以再打", "There is a day left when nobody answers"),
                ("总部会按小时扣钱", "HQ deducts money by the hour"),
            ),
        ),
        DemoQuestion(
            lesson=1,
            right=(3,),
            text="打了两次都没人接，应该怎么做？",
            text_en="Nobody answered twice. What now?",
            feedback="发短信说明你是谁，并把“未接通”记下来。",
            feedback_en="Send a message that says who you are, and record “no answer”.",
            answers=(
                ("先放着，等顾客自己来", "Leave it until the customer comes"),
                ("记成“有结果的通话”", "Record a call with an outcome"),
                ("发短信说明你是谁，记“未接通”", "Send a message and record “no answer”"),
            ),
        ),
        DemoQuestion(
            lesson=2,
            right=(1,),
            text="第一通电话，先说什么？",
            text_en="What comes first in the first call?",
            feedback="先说清你是谁，再问一个具体问题。",
            feedback_en="Who you are, then one concrete question.",
            answers=(
                ("我是谁、在哪家店，再问一个具体问题", "Who I am and where, then a question"),
                ("本周的优惠价", "This week's price"),
                ("请顾客加微信", "A request to connect on WeChat"),
            ),
        ),
        DemoQuestion(
            lesson=2,
            right=(1, 2),
            text="怎样的约定才算“具体的一件事”？",
            text_en="Which of these is an agreement on one thing?",
            feedback="有日期、有时间、有事情。“有空再说”不算。",
            feedback_en="It has a day, a time and a purpose. “Some time” has none.",
            answers=(
                ("周六 10 点上门测量", "Measuring on Saturday at 10"),
                ("明天 15 点前把报价发到微信", "The quote by WeChat before 3 pm tomorrow"),
                ("有空来店里坐坐", "Come by some time"),
                ("等搞活动再通知您", "We tell you when there is an offer"),
            ),
        ),
        DemoQuestion(
            lesson=3,
            right=(3,),
            text="哪一条跟进记录对同事最有用？",
            text_en="Which record helps a colleague most?",
            feedback="写具体的：家里几口人、什么问题、约了什么时间。",
            feedback_en="The concrete one: who lives there, what is wrong, what was agreed.",
            answers=(
                ("有意向", "Interested"),
                ("已联系", "Contacted"),
                (
                    "三口之家，水压低，周六 10 点上门测量",
                    "Family of three, low pressure, Saturday at 10",
                ),
            ),
        ),
    ),
    pictures={"steps": ("打电话、选结果、写一句话", "Call, choose the result, write one sentence")},
)

REGISTERING = DemoCourse(
    slug="registering",
    title="登记顾客的话术",
    title_en="What to say when you register a customer",
    summary="怎么开口、怎么说明同意、碰到拒绝怎么办。附一张可以打印的话术卡。",
    summary_en="How to begin, how to explain consent, what to do with a no. With a card to print.",
    roles=(
        (Role.ASSOCIATE, True, 14),
        (Role.STORE_MANAGER, False, None),
    ),
    lessons=(
        DemoLesson(
            minutes=2,
            title="15 秒登记",
            title_en="Registered in 15 seconds",
            body="""登记只要两样：**手机号**和**同意**。姓名、小区、意向都可以以后再补。

## 怎么开口

1. **给一个理由。**“留个手机号，安装和保养都有记录，换店也查得到。”
2. **念一遍号码。**看着屏幕念给顾客听，少一次改错。
3. **给他看结果。**登记成功的页面有凭证号，顾客可以拍下来。

## 没有网络也能登记

先存在手机上，联网以后自动提交。归属以系统收到的时间为准，所以尽快连上网络。""",
            body_en="""Registering takes two things: a **mobile number** and **consent**.
Name, address and
interest can wait.

## How to begin

1. **Give a reason.** “With your number, installation and service are on record in every store.”
2. **Read it back.** It saves you a correction.
3. **Show the result.** The page has a receipt number; the customer may take a picture.

## No network?

It is kept on the phone and sent later. Ownership counts from when we receive it, so get
online soon.""",
        ),
        DemoLesson(
            minutes=2,
            title="怎么说明同意",
            title_en="How to explain consent",
            body="""没有同意就不能登记。用一句人话说清楚三件事：**谁在用、用来做什么、可以不要**。

## 照着说

> 「我们把您的手机号登记在本店，只用来安排安装、保养和回访，只有我们店能看到完整号码。您随时可
> 以要求删除。」

## 三个要点

1. **两个勾是两件事。**“已知悉并同意”必选；“愿意接收优惠信息”由顾客自己决定。
2. **不替顾客打勾。**说完，看着他点头，再勾。
3. **每次看完整号码都有记录。**老板能看到谁、什么时候、为什么看过。""",
            body_en="""Without consent there is no registration. Say three things plainly:
**who uses it,
what for, and that they may refuse**.

## Say it like this

> “We keep your number in our store to arrange installation, service and follow-up. Only our
> store sees
> it in full. You can have it deleted at any time.”

## Three points

1. **Two ticks are two things.** “Told and agrees” is needed; offers are the customer's own choice.
2. **Never tick for them.** Say it, see the nod, then tick.
3. **Every look at a full number is logged.** The owner sees who, when and why.""",
        ),
        DemoLesson(
            minutes=2,
            title="碰到这三种情况",
            title_en="Three situations",
            sheet="card",
            body="""## “我不想留电话”

> 「没问题，您先看。要是想让师傅上门测量，再留也不迟。」

不勉强，不编号码。编的号码会影响你自己的登记资格。

## 系统说“已有门店在服务”

照常接待并记录到店。不打听是哪家店，系统也不会显示。顾客想换店，由他本人提出。

## 顾客要改号码

在顾客页改，旧号码会留在历史里，归属不变。

下面的话术卡可以下载打印，放在收银台。""",
            body_en="""## “I would rather not”

> “No problem, look around. If you want somebody to come and measure, there is time for it then.”

Do not push, and never invent a number: it counts against your own right to register.

## The portal says “this customer already has a store”

Serve as usual and record the visit. Do not ask which store; the portal does not show it. To
switch, the
customer asks.

## The number changed

Change it on the customer's page. The old one stays in the history and ownership stays as it is.

The card below is for printing and for your counter.""",
        ),
    ),
    questions=(
        DemoQuestion(
            lesson=1,
            right=(1, 4),
            text="登记一位顾客，最少要有什么？",
            text_en="What is the least you need?",
            feedback="手机号和同意。其他都可以以后补。",
            feedback_en="A mobile number and consent. The rest can wait.",
            answers=(
                ("手机号", "Mobile number"),
                ("姓名", "Name"),
                ("家庭住址", "Address"),
                ("顾客的同意", "The customer's consent"),
            ),
        ),
        DemoQuestion(
            lesson=1,
            right=(2,),
            text="没有网络时登记，归属从什么时候算？",
            text_en="You register without network. When does ownership begin?",
            feedback="以系统收到的时间为准，手机上的时间只是证据。",
            feedback_en="When the system receives it; the phone's clock is evidence only.",
            answers=(
                ("从手机上按下按钮的时间", "When you tapped the button"),
                ("从系统收到的时间", "When the system receives it"),
                ("从第二天零点", "From the next midnight"),
            ),
        ),
        DemoQuestion(
            lesson=2,
            right=(3,),
            text="“愿意接收优惠信息”这一项，怎么处理？",
            text_en="What about the tick “happy to receive offers”?",
            feedback="由顾客自己决定，不选也能登记。",
            feedback_en="It is the customer's own choice and not needed to register.",
            answers=(
                ("都替顾客勾上，方便以后联系", "Tick it for everybody"),
                ("不勾就不能登记", "Without it you cannot register"),
                ("问顾客，他愿意才勾", "Ask, and tick only if they agree"),
            ),
        ),
        DemoQuestion(
            lesson=2,
            right=(1,),
            text="谁能看到顾客的完整手机号？",
            text_en="Who sees the full number?",
            feedback="只有本店所属的经销商，而且每次查看都有记录。",
            feedback_en="Only your own dealer, and every look is logged.",
            answers=(
                (
                    "只有本经销商，而且每次查看都有记录",
                    "Only your dealer, and every look is logged",
                ),
                ("所有门店", "All stores"),
                ("没有人", "Nobody"),
            ),
        ),
        DemoQuestion(
            lesson=3,
            right=(2,),
            text="系统提示“这位顾客已有门店在服务”，你应该？",
            text_en="The portal says the customer already has a store. You…",
            feedback="照常接待并记录到店，不打听是哪家店。",
            feedback_en="Serve as usual and record the visit; do not ask which store.",
            answers=(
                ("请顾客离开", "Send the customer away"),
                ("照常接待并记录到店", "Serve as usual and record the visit"),
                ("换一个号码再登记一次", "Register again with another number"),
                ("打电话问其他店是谁登记的", "Call around to find out who it is"),
            ),
        ),
        DemoQuestion(
            lesson=3,
            right=(1,),
            text="顾客不愿意留电话，你应该？",
            text_en="The customer does not want to leave a number. You…",
            feedback="不勉强，不编号码。",
            feedback_en="Do not push and never invent one.",
            answers=(
                ("不勉强，需要上门时再留", "Let it be until a visit is needed"),
                ("先编一个号码占住", "Invent one to hold the place"),
                ("用自己的号码登记", "Use your own number"),
            ),
        ),
    ),
)

STATEMENT = DemoCourse(
    slug="reading-the-statement",
    title="看懂对账单",
    title_en="Reading your statement",
    summary="总额从哪里来、每一笔为什么是这个数、退货怎么扣回、哪里能核对。",
    summary_en="Where the total comes from, why each line is what it is, how"
    " returns are taken back.",
    roles=(
        (Role.OWNER, True, 45),
        (Role.STORE_MANAGER, True, 45),
        (Role.REGIONAL_MANAGER, False, None),
    ),
    lessons=(
        DemoLesson(
            minutes=2,
            title="从总额看到每一笔",
            title_en="From the total to each line",
            body="""每个月关账以后，每家经销商有一张对账单。页面、CSV、PDF 和总账上的数，**一
分不差**。

## 三步看懂

1. **看总额。**本月应得，减去扣回，就是净额。
2. **看类别。**登记奖励、销售分成、线上分成……每一类都能点开。
3. **看每一笔。**点一行，就看到它是怎么算出来的。

![一笔收益的算式](line)""",
            body_en="""When a month is closed every dealer has a statement. Page, CSV, PDF
and ledger agree
**to the fen**.

## Three steps

1. **The total.** Earned, less deductions, is the net amount.
2. **The categories.** Registration rewards, sales shares, online shares: open each of them.
3. **The lines.** Open one and you see how it was computed.

![The arithmetic of one line](line)""",
        ),
        DemoLesson(
            minutes=3,
            title="阶梯怎么算：一个例子",
            title_en="Tiers: an example",
            body="""方案里有两种阶梯，看清楚是哪一种。假设 10 万以内 2%，10 万到 30 万 3%，30
万以上 5%，本月
销售 35 万。

## 分段累进

| 这一段 | 金额 | 比例 | 小计 |
|---|---|---|---|
| 0 – 10 万 | 100,000.00 | 2% | 2,000.00 |
| 10 – 30 万 | 200,000.00 | 3% | 6,000.00 |
| 30 万以上 | 50,000.00 | 5% | 2,500.00 |
| 合计 | 350,000.00 | | **10,500.00** |

## 全额适用

35 万到了最高一档，全部按 5%：**17,500.00**。刚好 10 万，算进 3% 这一档。

## 到顶了也会写明

有封顶的方案，封顶之后少算的部分会在明细里写明，不会悄悄少一截。""",
            body_en="""A plan has one of two kinds of tiers. Say 2 % up to 100,000, 3 % from
100,000 to 300,000,
5 % from 300,000, and sales of 350,000.

## Marginal

| Part | Amount | Rate | Result |
|---|---|---|---|
| 0 – 100,000 | 100,000.00 | 2 % | 2,000.00 |
| 100,000 – 300,000 | 200,000.00 | 3 % | 6,000.00 |
| from 300,000 | 50,000.00 | 5 % | 2,500.00 |
| Total | 350,000.00 | | **10,500.00** |

## Whole

350,000 reaches the last row, so all of it counts 5 %: **17,500.00**. Exactly 100,000 belongs
to the 3 %.

## Caps are shown

Where a cap takes something away, the line says so.""",
        ),
        DemoLesson(
            minutes=2,
            title="退货为什么会扣回",
            title_en="Why returns are taken back",
            body="""顾客退货，原来计给你的那部分也要收回。收回的方法写在方案里，有两种。

## 两种方法

1. **按期重算。**把退货从当期销售里拿掉，再算一遍，差额就是扣回。阶梯方案默认用它。
2. **按原比例。**当时这笔按多少比例计的，就按多少收回。其他方案默认用它。

## 接着上一课的例子

35 万之后退了 8 万，分段累进：

| 方法 | 扣回 |
|---|---|
| 按期重算 | 10,500.00 − 7,100.00 = **3,400.00** |
| 按原比例 | 80,000 × 3% = **2,400.00** |

已经关账的月份不会再改。晚到的退货记在当前这个月，明细里写明是哪一单。""",
            body_en="""When a customer returns something, your share of it goes back. The
plan names one of two
methods.

## Two methods

1. **Recompute the period.** Take the return out, compute again; the difference is taken back. The
   default for tiers.
2. **Original rate.** What it earned then is taken back. The default for the rest.

## The same example

A return of 80,000 after sales of 350,000, marginal tiers:

| Method | Taken back |
|---|---|
| Recompute | 10,500.00 − 7,100.00 = **3,400.00** |
| Original rate | 80,000 × 3 % = **2,400.00** |

A closed month never changes. A late return is booked in the open month and names its order.""",
        ),
        DemoLesson(
            minutes=2,
            title="自己核对",
            title_en="Check it yourself",
            body="""## 拿到对账单，做三件事

1. **加一遍。**明细相加等于总额，页面和 CSV 都可以。
2. **抽三笔。**点开最大的一笔、一笔扣回、一笔看不懂的，对着订单算一遍。
3. **对一次号。**PDF 上有核验码，和页面上的一样，就是同一张。

## 还没关账的月份

显示的是**预估**，会写明更新到什么时候。关账以后才是最终数。""",
            body_en="""## Three things to do

1. **Add it up.** The lines make the total, on the page and in the CSV.
2. **Take three samples.** The largest line, one deduction, one you do not understand;
   compute them.
3. **Compare the code.** The PDF's verification code is the one on the page.

## The open month

What you see is an **estimate** with the time of its data. It is final when the month is
closed.""",
        ),
    ),
    questions=(
        DemoQuestion(
            lesson=1,
            right=(3,),
            text="页面、CSV 和 PDF 上的总额差了一分钱，说明什么？",
            text_en="Page, CSV and PDF differ by one fen. What does it mean?",
            feedback="不应该出现。它们来自同一份总账，一分不差；看到了请告诉总部。",
            feedback_en="It must not happen: they come from one ledger. Tell HQ.",
            answers=(
                ("四舍五入，正常", "Rounding, normal"),
                ("CSV 更准", "The CSV is more exact"),
                ("不应该出现，要告诉总部", "It must not happen, tell HQ"),
            ),
        ),
        DemoQuestion(
            lesson=2,
            right=(2,),
            text="10 万以内 2%，10–30 万 3%，30 万以上 5%，分段累进。销售 35 万，应得多少？",
            text_en="2 % to 100,000, 3 % to 300,000, 5 % above, marginal. Sales of 350,000 earn…",
            feedback="2,000 + 6,000 + 2,500 = 10,500.00。",
            feedback_en="2,000 + 6,000 + 2,500 = 10,500.00.",
            answers=(
                ("7,000.00", "7,000.00"),
                ("10,500.00", "10,500.00"),
                ("17,500.00", "17,500.00"),
            ),
        ),
        DemoQuestion(
            lesson=2,
            right=(1,),
            text="销售额刚好 100,000.00，算在哪一档？",
            text_en="Sales are exactly 100,000.00. Which row counts?",
            feedback="每个分界点属于上面一档。",
            feedback_en="A boundary belongs to the upper row.",
            answers=(
                ("3% 这一档", "The 3 % row"),
                ("2% 这一档", "The 2 % row"),
                ("由总部决定", "HQ decides"),
            ),
        ),
        DemoQuestion(
            lesson=3,
            right=(2,),
            text="上个月已经关账，这个月收到上个月订单的退货。记在哪里？",
            text_en="Last month is closed; a return for it arrives now. Where is it booked?",
            feedback="关账的月份不再改，晚到的记在当前这个月，写明是哪一单。",
            feedback_en="A closed month never changes; it is booked in the open one and"
            " names its order.",
            answers=(
                ("改上个月的对账单", "Last month's statement is changed"),
                ("记在当前这个月", "In the open month"),
                ("不用记", "Nowhere"),
            ),
        ),
        DemoQuestion(
            lesson=3,
            right=(1, 2),
            text="扣回有哪两种方法？",
            text_en="Which two methods take a return back?",
            feedback="按期重算，和按原比例。方案里写明用哪一种。",
            feedback_en="Recomputing the period, and the original rate. The plan says which.",
            answers=(
                ("按期重算", "Recompute the period"),
                ("按原比例", "Original rate"),
                ("平均分摊到 12 个月", "Spread over 12 months"),
            ),
        ),
        DemoQuestion(
            lesson=4,
            right=(3,),
            text="本月还没有关账，页面上的数是什么？",
            text_en="The month is not closed yet. What do you see?",
            feedback="预估，关账以后才是最终数。",
            feedback_en="An estimate; it is final when the month is closed.",
            answers=(
                ("最终数", "The final amount"),
                ("上个月的数", "Last month's amount"),
                ("预估，并写明数据时间", "An estimate with the time of its data"),
            ),
        ),
    ),
    pictures={"line": ("计佣金额乘以比例再乘以份额", "Base times rate times share")},
)

COURSES = (OWNERSHIP, FOLLOW_UP, REGISTERING, STATEMENT)
