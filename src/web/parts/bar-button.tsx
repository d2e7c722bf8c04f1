import { UnstyledButton, type UnstyledButtonProps } from '@mantine/core';
import type { ComponentPropsWithRef, ReactNode } from 'react';
import css from './bar-button.module.css';
import { Icon } from './icon.tsx';

interface BarButtonProps
  extends UnstyledButtonProps,
    Omit<ComponentPropsWithRef<'button'>, 'style' | 'children'> {
  label: string;
  icon: Parameters<typeof Icon>[0]['name'];
  children?: ReactNode;
}

/** A button on the bar at the top: icon first, a short word where one helps. */
export function BarButton({ label, icon, children, className, ...rest }: BarButtonProps) {
  return (
    <UnstyledButton className={`${css.button} ${className ?? ''}`} aria-label={label} title={label} {...rest}>
      <Icon name={icon} size={16} />
      {children}
    </UnstyledButton>
  );
}
