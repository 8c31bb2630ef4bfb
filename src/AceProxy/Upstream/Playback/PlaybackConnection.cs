using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.CompilerServices;
using AceProxy.EngineApi;
using AceProxy.Telemetry;
using AceProxy.Upstream.Sessions;

namespace AceProxy.Upstream.Playback;

/// <summary>One connection to a playback URL, with a limit on each phase's silence and none on the whole. Disposing closes it.</summary>
[SuppressMessage("Reliability", "CA2213", Justification = "The response's disposal disposes its body.")]
internal sealed class PlaybackConnection : IDisposable
{
    /// <summary><c>/ace/r</c> leads to <c>/content</c> in one step; a few more do no harm, a circle would.</summary>
    private const int MostRedirects = 5;

    private readonly UpstreamSession _session;
    private readonly UpstreamOptions _options;
    private readonly HttpClient _client;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenSource _any;
    private HttpResponseMessage? _response;
    private Stream? _body;
    private bool _hadData;

    public PlaybackConnection(
        UpstreamSession session, HttpClient client, UpstreamOptions options, TimeProvider time, CancellationToken cancellation)
    {
        (_session, _client, _options, _cancellation) = (session, client, options, cancellation);
        _limit = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _any = CancellationTokenSource.CreateLinkedTokenSource([_limit.Token, session.Condemned, session.Over, cancellation]);
    }

    /// <summary>Asks for the body. Null when it is there, which proves nothing yet.</summary>
    /// <exception cref="OperationCanceledException">The caller's token fired.</exception>
    public async Task<ReadOutcome?> OpenAsync(ReadLimits limits)
    {
        try
        {
            _limit.CancelAfter(limits.Header);
            _response = await FollowAsync();
            if (Refusal(_response) is { } refusal)
            {
                return new ReadOutcome(ReadEnd.BadResponse, refusal);
            }

            _limit.CancelAfter(limits.FirstByte);
            _body = await _response.Content.ReadAsStreamAsync(_any.Token);
            return null;
        }
        catch (Exception failure) when (OutcomeOf(failure) is { } outcome)
        {
            return outcome;
        }
    }

    /// <summary>Reads what there is, or says why nothing more will come.</summary>
    /// <exception cref="OperationCanceledException">The caller's token fired.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(int Count, ReadOutcome? End)> ReadAsync(Memory<byte> buffer)
    {
        try
        {
            int count = await _body!.ReadAsync(buffer, _any.Token);
            return (count, count == 0 ? new ReadOutcome(ReadEnd.EndOfBody, "the body ended") : null);
        }
        catch (Exception failure) when (OutcomeOf(failure) is { } outcome)
        {
            return (0, outcome);
        }
    }

    /// <summary>Packets have come: the next are waited for as long as a stall may last.</summary>
    public void Flows()
    {
        _hadData = true;
        _limit.CancelAfter(_options.StallTimeout);
    }

    /// <summary>It is us who do not read for a while.</summary>
    public void Pause() => _limit.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _response?.Dispose();
        _client.Dispose();
        _any.Dispose();
        _limit.Dispose();
    }

    private async Task<HttpResponseMessage> FollowAsync()
    {
        Uri uri = _session.Session.PlaybackUrl;
        for (int redirects = 0; ; redirects++)
        {
            using HttpRequestMessage request = EngineHttp.StreamRequest(uri);
            HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _any.Token);
            bool isRedirect = response.StatusCode is HttpStatusCode.Redirect or HttpStatusCode.MovedPermanently or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
            if (!isRedirect || redirects == MostRedirects
                || PinnedUrl.TryPin(_session.Engine.Address, response.Headers.Location?.OriginalString) is not { } next)
            {
                return response;
            }

            response.Dispose(); // a redirect's body has no length and may never end
            uri = next;
        }
    }

    /// <summary>Null when it is no failure of the connection: our own cancellation, or a bug.</summary>
    private ReadOutcome? OutcomeOf(Exception exception)
    {
        switch (exception)
        {
            case OperationCanceledException when _cancellation.IsCancellationRequested:
                return null;
            case OperationCanceledException when _session.Verdict is { } verdict:
                return verdict;
            case OperationCanceledException when _hadData:
                return new ReadOutcome(ReadEnd.Stalled, $"no packet for {_options.StallTimeout.TotalSeconds:0.###} s");
            case OperationCanceledException:
                return new ReadOutcome(ReadEnd.HeaderTimeout, "no data in time");
            case HttpRequestException request:
                EngineFailure failure = EngineClient.FailureOf(request);
                return new ReadOutcome(failure.Kind == EngineFailureKind.BadReply ? ReadEnd.BadResponse : ReadEnd.Unreachable, failure.Message);
            case IOException broken:
                return new ReadOutcome(ReadEnd.Reset, Words.Tame(broken.Message));
            default:
                return null;
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
