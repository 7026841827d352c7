"""How words leave the portal: mail, short messages, group chats; demo mode shows them."""
