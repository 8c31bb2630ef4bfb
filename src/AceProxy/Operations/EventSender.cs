using System.Text;
using AceProxy.Events;

namespace AceProxy.Operations;

/// <summary>
/// Sends events to one reader as <c>text/event-stream</c>, from the log at the reader's own pace: nothing waits for it, and one that the log has left
/// behind is told of the gap.
/// </summary>
internal sealed class EventSender(EventLog log, TimeProvider time)
{
    private const int PageSize = 200;

    /// <summary>Without an event, a comment and the place are sent: a reader of few kinds need not look far back when it comes again.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    /// <param name="limit">A reader that takes nothing for so long is left.</param>
    /// <exception cref="OperationCanceledException">It has gone, or takes nothing.</exception>
    public async Task SendAsync(Stream body, EventCursor cursor, EventFilter filter, TimeSpan limit, CancellationToken cancellation)
    {
        await WriteAsync(body, ": aceproxy\nretry: 1000\n\n", limit, cancellation);
        while (true)
        {
            EventPage page = log.Read(cursor, PageSize);
            cursor = page.Cursor;
            var text = new StringBuilder();
            foreach (EventNotice notice in page.Notices.Where(notice => filter.Wants(notice.Event)))
            {
                text.Append("id: ").Append(notice.After).Append("\nevent: ").Append(notice.Event.Kind)
                    .Append("\ndata: ").Append(notice.Event.Json).Append("\n\n");
            }

            if (text.Length > 0)
            {
                await WriteAsync(body, text.ToString(), limit, cancellation);
            }

            if (page.Notices.Count > 0)
            {
                continue;
            }

            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Task quiet = Task.Delay(KeepAlive, time, waiting.Token);
            bool isQuiet = await Task.WhenAny(page.Changed, quiet) == quiet;
            await waiting.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
            if (isQuiet)
            {
                await WriteAsync(body, $": nothing new\nid: {cursor}\n\n", limit, cancellation);
            }
        }
    }

    private async Task WriteAsync(Stream body, string text, TimeSpan limit, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        await body.WriteAsync(Encoding.UTF8.GetBytes(text), either.Token);
        await body.FlushAsync(either.Token);
    }
}
