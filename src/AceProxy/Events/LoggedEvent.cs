namespace AceProxy.Events;

/// <summary>An event as it is kept and passed on: written as JSON once, whoever reads it.</summary>
/// <param name="Id">Its place among all; <see cref="EventPlace.Zero"/> before it has one.</param>
/// <param name="Writer">The worker that told it.</param>
/// <param name="Number">Grows from event to event of one writer, also when it is started again.</param>
/// <param name="Kind">A name of <see cref="EventKind"/>, or one that a later version knows.</param>
internal sealed record LoggedEvent(EventPlace Id, string Writer, long Number, string Kind, string? Stream, string Json);
