using AceProxy.Access.Limits;
using AceProxy.Events;
using AceProxy.LiveStreams;
using AceProxy.Telemetry;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;

namespace AceProxy.Operations;

/// <summary><c>GET /api/events</c>: what happens, as server-sent events (HTML standard, 9.2).</summary>
internal sealed class EventEndpoint(EventLog log, EventSender sender, LiveStreamOptions options, IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <summary>Readers at once; each costs a connection and a look at every event.</summary>
    private const int MostReaders = 100;

    /// <summary>A reader that comes as the worker starts waits so long for what Redis has.</summary>
    private static readonly TimeSpan LoadLimit = TimeSpan.FromSeconds(2);

    private int _readers;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/events", (
            HttpContext context,
            EventEndpoint events,
            [FromQuery] string[]? kind,
            [FromQuery] string? stream,
            [FromQuery(Name = "last_event_id")] string? lastEventId,
            [FromHeader(Name = "Last-Event-ID")] string? lastEventIdHeader) =>
                events.HandleAsync(context, kind ?? [], stream, lastEventIdHeader, lastEventId))
        .WithTags("events")
        .WithSummary("What happens on all workers, as server-sent events; goes on behind Last-Event-ID, or from now. 0-0: from the oldest there is.")
        .Produces<ProxyEvent>(StatusCodes.Status200OK, "text/event-stream")
        .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private async Task<IResult> HandleAsync(HttpContext context, string[] kinds, string? stream, string? header, string? query)
    {
        string[] wanted = [.. kinds.SelectMany(kind => kind.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
        if (wanted.Except(EventKinds.All).FirstOrDefault() is { } unknown)
        {
            return AdminResults.Malformed("kind", $"is '{Words.Tame(unknown)}', which is none of {string.Join(", ", EventKinds.All)}");
        }

        (string name, string? last) = string.IsNullOrEmpty(header) ? ("last_event_id", query) : ("Last-Event-ID", header);
        EventCursor? cursor = string.IsNullOrEmpty(last) ? null : EventCursor.Parse(last);
        if (cursor is null && !string.IsNullOrEmpty(last))
        {
            return AdminResults.Malformed(name, $"is '{Words.Tame(last)}', which is no id of an event");
        }

        try
        {
            return Interlocked.Increment(ref _readers) <= MostReaders
                ? await SendAsync(context, cursor, new EventFilter(wanted.Length > 0 ? wanted.ToHashSet() : null, stream))
                : AdminResults.Problem(StatusCodes.Status503ServiceUnavailable, "Too many readers", $"{MostReaders} read the events already.");
        }
        finally
        {
            Interlocked.Decrement(ref _readers);
        }
    }

    private async Task<IResult> SendAsync(HttpContext context, EventCursor? cursor, EventFilter filter)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await Task.WhenAny(log.Loaded, Task.Delay(LoadLimit, time, ending.Token));
            ending.Token.ThrowIfCancellationRequested();
            AnswerDeadline.Lift(context);
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await sender.SendAsync(context.Response.Body, cursor ?? log.End(), filter, options.ClientStallTimeout, ending.Token);
        }
        catch (OperationCanceledException)
        {
            if (!lifetime.ApplicationStopping.IsCancellationRequested)
            {
                context.Abort(); // what it has not taken would keep the connection
            }
        }

        return Results.Empty;
    }
}
