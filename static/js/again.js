"use strict";
// A page that waits for the worker is looked at again by itself; without scripts the browser does it.
{
  const { seconds } = document.currentScript.dataset;
  setTimeout(() => location.reload(), 1000 * Number(seconds));
}
