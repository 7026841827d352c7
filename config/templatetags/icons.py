"""The portal's icons: outlines on a grid of 24, drawn with the colour of the text around them."""

ICONS = {
    "alert": '<path d="M12 4l9 16H3z"/><path d="M12 10v4M12 17v.01"/>',
    "back": '<path d="M15 5l-7 7 7 7"/>',
    "bell": '<path d="M6 16V11a6 6 0 0112 0v5l2 2H4z"/><path d="M10 21h4"/>',
    "book": '<path d="M4 5.5C6.5 4.5 9.5 4.5 12 6v14c-2.5-1.5-5.5-1.5-8-.5zM20 5.5c-2.5-1-5.5-1-8 '
    '.5v14c2.5-1.5 5.5-1.5 8-.5z"/>',
    "calendar": '<rect x="4" y="5" width="16" height="15" rx="2"/>'
    '<path d="M4 10h16M8 3v4M16 3v4"/>',
    "certificate": '<circle cx="12" cy="9" r="5.5"/>'
    '<path d="M8.5 13.5L7 21l5-2.5L17 21l-1.5-7.5"/>',
    "chart": '<path d="M4 20V10M10 20V4M16 20v-7M21 20H3"/>',
    "chat": '<path d="M4 5h16v11H9l-5 4z"/>',
    "check": '<path d="M5 12.5l4.5 4.5L19 7.5"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>',
    "customers": '<circle cx="9" cy="8" r="3.5"/><path d="M3 20c0-3.5 2.7-6 6-6s6 2.5 6 6"/>'
    '<path d="M16 5a3.5 3.5 0 010 6.5M18 14.5c1.9.9 3 2.9 3 5.5"/>',
    "document": '<path d="M6 3h8l4 4v14H6z"/><path d="M14 3v4h4M9 13h6M9 17h6"/>',
    "down": '<path d="M12 5v13M6 12.5l6 6 6-6"/>',
    "download": '<path d="M12 4v11M7 10.5l5 5 5-5M5 20h14"/>',
    "equal": '<path d="M6 12h12"/>',
    "expand": '<path d="M6 9l6 6 6-6"/>',
    "eye": '<path d="M2.5 12C4.5 8 8 6 12 6s7.5 2 9.5 6c-2 4-5.5 6-9.5 6s-7.5-2-9.5-6z"/>'
    '<circle cx="12" cy="12" r="3"/>',
    "filter": '<path d="M4 6h16M7 12h10M10 18h4"/>',
    "gear": '<circle cx="12" cy="12" r="3"/><path d="M12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.1 2.1'
    'M16.3 16.3l2.1 2.1M18.4 5.6l-2.1 2.1M7.7 16.3l-2.1 2.1"/>',
    "grid": '<rect x="4" y="4" width="7" height="7" rx="1.5"/>'
    '<rect x="13" y="4" width="7" height="7" rx="1.5"/>'
    '<rect x="4" y="13" width="7" height="7" rx="1.5"/>'
    '<rect x="13" y="13" width="7" height="7" rx="1.5"/>',
    "home": '<path d="M4 11l8-7 8 7"/><path d="M6 10v10h12V10"/><path d="M10 20v-6h4v6"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5M12 8v.01"/>',
    "key": '<circle cx="8" cy="15" r="4"/><path d="M11 12l8-8M16 7l3 3M13.5 9.5l2 2"/>',
    "lock": '<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 018 0v3"/>',
    "next": '<path d="M9 5l7 7-7 7"/>',
    "offline": '<path d="M7 18a4 4 0 010-8 5.5 5.5 0 013-3M12.5 6A5.5 5.5 0 0117.6 9 4.3 4.3 0 '
    '0120.6 16.6M4 4l16 16"/>',
    "phone": '<path d="M6 3h4l1.5 5L9 10a12 12 0 005 5l2-2.5 5 1.5v4c0 1.5-1 2-2 2C11 20 4 13 4 5'
    'c0-1 .5-2 2-2z"/>',
    "pin": '<path d="M12 21c4-5 7-8 7-11.5a7 7 0 10-14 0C5 13 8 16 12 21z"/>'
    '<circle cx="12" cy="9.5" r="2.5"/>',
    "play": '<path d="M8 5l11 7-11 7z"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "qr": '<rect x="4" y="4" width="6" height="6" rx="1"/>'
    '<rect x="14" y="4" width="6" height="6" rx="1"/>'
    '<rect x="4" y="14" width="6" height="6" rx="1"/><path d="M14 14h2v2M20 14v6h-6v-2"/>',
    "receipt": '<path d="M6 3h12v18l-3-2-3 2-3-2-3 2z"/><path d="M9 8h6M9 12h6"/>',
    "scale": '<path d="M12 4v16M7 20h10M5 7h14M5 7l-2.5 6a3 3 0 005 0zM19 7l-2.5 6a3 3 0 005 0z"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="M16 16l4.5 4.5"/>',
    "share": '<circle cx="6" cy="12" r="2.5"/><circle cx="17" cy="6" r="2.5"/>'
    '<circle cx="17" cy="18" r="2.5"/><path d="M8.2 10.8l6.6-3.6M8.2 13.2l6.6 3.6"/>',
    "shield": '<path d="M12 3l7 3v5c0 5-3 8.5-7 10-4-1.5-7-5-7-10V6z"/>'
    '<path d="M8.8 12l2.3 2.3 4.2-4.4"/>',
    "store": '<path d="M4 10v10h16V10"/><path d="M3 9l2-5h14l2 5c0 1.7-1.3 2.7-3 2.700S15 10.7 15 9'
    'c0 1.7-1.3 2.7-3 2.700S9 10.7 9 9c0 1.7-1.3 2.7-3 2.700S3 10.7 3 9z"/>',
    "target": '<circle cx="12" cy="12" r="8.5"/><circle cx="12" cy="12" r="4"/>'
    '<path d="M12 12h.01"/>',
    "up": '<path d="M12 19V6M6 11.5L12 5.5l6 6"/>',
    "upload": '<path d="M12 16V5M7 9.5L12 4.5l5 5M5 19h14"/>',
    "user": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20c.5-4 3.5-6.5 7.5-6.5s7 2.5 7.5 6.5"/>',
    "wallet": '<rect x="3" y="6" width="18" height="13" rx="2.5"/><path d="M3 10h18M16 15h2"/>',
    "x": '<path d="M6 6l12 12M18 6L6 18"/>',
}
