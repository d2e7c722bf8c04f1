import type { workers as english } from '../en/workers.ts';
import type { Words } from '../en.ts';

/** 执行器页面。 */
export const workers: Words<typeof english> = {
  workers: {
    title: '执行器',
    help: '执行运行的进程。服务器自带一个；增加一个只需一条命令：',
    none: '还没有执行器报到。',
    state: '状态',
    host: '机器',
    atOnce: '运行数',
    ofAll: '{{active}} / {{all}}',
    labels: '标签',
    version: '版本',
    started: '启动',
    seen: '最近心跳',
    acts: '操作',
    drain: '停止接收',
    drainHelp: '不再接收新的运行，手头的运行继续到结束',
    drainNamed: '停止接收：{{host}}，进程 {{pid}}',
    resume: '恢复接收',
    resumeHelp: '重新接收运行',
    resumeNamed: '恢复接收：{{host}}，进程 {{pid}}',
  },
  unreached: {
    title: '通知 {{name}}（{{kind}}）发送失败',
    next: '一天之内会重复发送。下次尝试：',
  },
  worker: { starting: '启动中', ready: '就绪', draining: '正在收尾', gone: '已离开' },
};
