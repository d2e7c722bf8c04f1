import { createTheme, Modal, Tooltip } from '@mantine/core';

/** What is not a colour: those are in tokens.css, because the page's policy allows no style of a script's making. */
export const theme = createTheme({
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    // Both would otherwise write a style of their own into the document.
    Modal: Modal.extend({
      defaultProps: {
        lockScroll: false,
        centered: true,
        transitionProps: { duration: 80 },
        // Its header would be a second banner of the page.
        attributes: { header: { role: 'presentation' } },
      },
    }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 300, transitionProps: { duration: 80 } } }),
  },
});
