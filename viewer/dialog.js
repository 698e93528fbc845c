// Owns what all dialogs of the page have in common: how they close, and where the focus is then.

/**
 * Lets a dialog be closed by its button and by a click on its backdrop. To be called once for each
 * dialog.
 *
 * @param {HTMLDialogElement} dialog
 * @param {HTMLButtonElement} button
 */
export function letClose(dialog, button) {
  button.addEventListener("click", () => dialog.close());
  // A click on the backdrop is a click on the dialog itself.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

/**
 * Calls `onClosed` after a dialog was closed. To be called once for each dialog.
 *
 * @param {HTMLDialogElement} dialog
 * @param {(isFocusLost: boolean) => unknown} onClosed it is told whether the focus is nowhere: what
 *   opened the dialog may have been replaced since
 */
export function whenClosed(dialog, onClosed) {
  dialog.addEventListener("close", () => {
    // The event is late: the dialog may be open again.
    if (dialog.open) return;
    // A focus that is lost stays in the dialog until the browser paints.
    const focused = document.activeElement;
    onClosed(focused === document.body || dialog.contains(focused));
  });
}
