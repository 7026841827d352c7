"use strict";
// A page that waits for the worker is looked at again by itself; without scripts the browser does it.
// It is asked for anew: to reload what answered a form would send the form once more. Whoever fills
// in a form meanwhile is left alone.
{
  const { seconds } = document.currentScript.dataset;
  const again = () => location.replace(location.pathname + location.search);
  const timer = setTimeout(again, 1000 * Number(seconds));
  addEventListener("input", () => clearTimeout(timer), { once: true });
}
