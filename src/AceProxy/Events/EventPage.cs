namespace AceProxy.Events;

/// <summary>What comes behind a cursor.</summary>
/// <param name="Notices">In order, at most as many as were asked for.</param>
/// <param name="Cursor">Behind all of them; whoever has had them goes on from here.</param>
/// <param name="Changed">Completes when there may be more.</param>
internal sealed record EventPage(IReadOnlyList<EventNotice> Notices, EventCursor Cursor, Task Changed);
