using System.Net.ServerSentEvents;

namespace AceProxy.Top.Fetching;

/// <summary>Reads the cluster's events, those that were before us too, and goes on where it was after whatever ends the connection.</summary>
internal sealed class EventFeed(ApiClient api, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Until it is cancelled. What keeps it from reading, the other requests tell.</summary>
    public async Task RunAsync(Action<ClusterEvent> hear, CancellationToken cancellation)
    {
        string lastId = "0-0";
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                using HttpResponseMessage response = await api.OpenEventsAsync(lastId, cancellation);
                if (response.IsSuccessStatusCode)
                {
                    var parser = SseParser.Create(await response.Content.ReadAsStreamAsync(cancellation));
                    await foreach (SseItem<string> item in parser.EnumerateAsync(cancellation))
                    {
                        lastId = parser.LastEventId is { Length: > 0 } id ? id : lastId;
                        if (item.Data.Length > 0)
                        {
                            hear(ClusterEvent.Parse(lastId, item.EventType, item.Data));
                        }
                    }
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                // It is tried again.
            }

            await Task.Delay(Pause, time, cancellation);
        }
    }
}
