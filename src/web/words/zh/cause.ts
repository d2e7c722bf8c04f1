import type { cause as english } from '../en/cause.ts';
import type { Words } from '../en.ts';

/** 运行没有成功的原因。 */
export const cause: Words<typeof english> = {
  cause: {
    title: '结束原因',
    where: '{{step}}：{{status}}',
    unknown: '没有记录原因。',
    rolledBack: '{{environment}} 已回滚到 {{to}}，状态健康。',
    notRolledBack: '{{environment}} 没有回滚：',
    lastWords: '{{pod}} 的最后输出',
    others: '还发现（最严重的在前）：',
    nodes: '每个节点为何不接收该 Pod',
    node: '节点',
    freeCpu: '空闲 CPU',
    freeMemory: '空闲内存',
    against: '原因',
    nothing: '没有：现在可以接收该 Pod',
    pod: '{{pod}} 的容器与事件',
    podOn: '{{pod}}（节点 {{node}}）的容器与事件',
    events: '事件（最早的在前）',
    changes_one: '这次上线改动了什么：{{count}} 行',
    changes_other: '这次上线改动了什么：{{count}} 行',
  },
};
