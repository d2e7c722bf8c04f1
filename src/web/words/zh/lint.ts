import type { lint as english } from '../en/lint.ts';
import type { Words } from '../en.ts';

/** 检查文件的页面。 */
export const lint: Words<typeof english> = {
  lint: {
    title: '检查流水线文件',
    lead: '一次指出全部错误，标在所在行旁，并核对本服务器已知的名称。不保存，也不运行任何内容。',
    text: '文件内容',
    hint: '在此编写或粘贴，或拖入一个文件。',
    choose: '选择文件',
    check: '检查',
    good: '没有问题。',
    found_one: '1 个问题',
    found_other: '{{count}} 个问题',
    elsewhere: '在它包含的文件中',
    tooLarge: '文件大于 256 KiB：流水线文件不会这么大。',
  },
};
