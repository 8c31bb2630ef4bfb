using System.Net;
using AceProxy.Buffering;
using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.Splicing;

namespace AceProxy.Upstream;

/// <summary>Reads one connection to a playback URL into a ring until it ends. The connection is closed when it returns: one reader, always.</summary>
internal sealed class PlaybackReader(
    IHttpClientFactory clients, UpstreamOptions options, TimeProvider time, ILogger<PlaybackReader> logger)
{
    /// <summary><c>/ace/r</c> leads to <c>/content</c> in one step; a few more do no harm, a circle would.</summary>
    private const int MostRedirects = 5;

    /// <summary>This much without one packet in it is not a transport stream that we came upon in an odd place.</summary>
    private const int MostGarbage = 256 * 1024;

    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    public async Task<ReadOutcome> ReadAsync(
        EngineSession session, ContentKey key, RingWriter writer, UpstreamProgress progress, ReadLimits limits, CancellationToken cancellation)
    {
        bool hadData = false;
        using var buffer = new BurstBuffer(writer);
        using var limit = new CancellationTokenSource(limits.Header, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using HttpClient client = clients.CreateEngineClient();
            using HttpResponseMessage response = await FollowAsync(client, session, either.Token);
            if (Refusal(response) is { } refusal)
            {
                return new ReadOutcome(ReadEnd.BadResponse, refusal, hadData);
            }

            limit.CancelAfter(limits.FirstByte);
            using Stream body = await response.Content.ReadAsStreamAsync(either.Token);
            writer.Reconnected();
            try
            {
                while (true)
                {
                    ValueTask<int> reading = body.ReadAsync(buffer.Room, either.Token);
                    if (!reading.IsCompletedSuccessfully)
                    {
                        PassOn();
                    }

                    int read = await reading;
                    progress.Read(read);
                    if (buffer.Filled(read))
                    {
                        PacketsCame();
                    }

                    if (read == 0)
                    {
                        PassOn();
                    }

                    if (writer.BytesSinceAligned > MostGarbage)
                    {
                        return new ReadOutcome(ReadEnd.NotTransportStream, $"no TS packet in {writer.BytesSinceAligned} bytes", hadData);
                    }

                    if (read == 0)
                    {
                        return new ReadOutcome(ReadEnd.EndOfBody, "the body ended", hadData);
                    }
                }
            }
            finally
            {
                buffer.EndOfConnection();
                Report(writer.TakeResumed(), key, progress);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return hadData
                ? new ReadOutcome(ReadEnd.Stalled, $"no packet for {options.StallTimeout.TotalSeconds:0.###} s", hadData)
                : new ReadOutcome(ReadEnd.HeaderTimeout, "no data in time", hadData);
        }
        catch (HttpRequestException exception)
        {
            EngineFailure failure = EngineClient.FailureOf(exception);
            return new ReadOutcome(
                failure.Kind == EngineFailureKind.BadReply ? ReadEnd.BadResponse : ReadEnd.Unreachable, failure.Message, hadData);
        }
        catch (IOException exception)
        {
            return new ReadOutcome(ReadEnd.Reset, Words.Tame(exception.Message), hadData);
        }

        void PassOn()
        {
            if (buffer.BurstIsOver())
            {
                PacketsCame();
            }
        }

        void PacketsCame()
        {
            limit.CancelAfter(options.StallTimeout);
            progress.Flows(time.GetTimestamp());
            Report(writer.TakeResumed(), key, progress);
            if (!hadData)
            {
                hadData = true;
                UpstreamLog.Flowing(logger, key.Value, session.Engine.Address.Id);
            }
        }
    }

    private void Report(Resumed? resumed, ContentKey key, UpstreamProgress progress)
    {
        if (resumed is null)
        {
            return;
        }

        progress.Resumed(resumed.IsSpliced);
        long took = (long)resumed.Took.TotalMilliseconds;
        if (resumed.IsSpliced)
        {
            UpstreamLog.Spliced(logger, key.Value, resumed.Left, (long?)resumed.Overlap?.TotalMilliseconds, took);
        }
        else
        {
            UpstreamLog.Jumped(logger, key.Value, (long?)resumed.Distance?.TotalMilliseconds, resumed.Reason, resumed.AtRandomAccess, took);
        }
    }

    private static async Task<HttpResponseMessage> FollowAsync(HttpClient client, EngineSession session, CancellationToken cancellation)
    {
        Uri uri = session.PlaybackUrl;
        for (int redirects = 0; ; redirects++)
        {
            HttpResponseMessage response = await client.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, cancellation);
            bool isRedirect = response.StatusCode is HttpStatusCode.Redirect or HttpStatusCode.MovedPermanently or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
            if (!isRedirect || redirects == MostRedirects
                || PinnedUrl.TryPin(session.Engine.Address, response.Headers.Location?.OriginalString) is not { } next)
            {
                return response;
            }

            response.Dispose(); // a redirect's body has no length and may never end
            uri = next;
        }
    }

    private static string? Refusal(HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PartialContent))
        {
            return $"HTTP {(int)response.StatusCode}";
        }

        string? type = response.Content.Headers.ContentType?.MediaType;
        return type is not null && (type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || type.EndsWith("/json", StringComparison.OrdinalIgnoreCase))
            ? $"the body is {type}" : null;
    }
}
