namespace AceProxy.Events;

/// <summary>One event for a reader, and where it goes on behind it.</summary>
internal readonly record struct EventNotice(LoggedEvent Event, EventCursor After);
