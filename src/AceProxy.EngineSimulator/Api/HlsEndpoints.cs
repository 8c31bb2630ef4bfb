using System.Globalization;
using System.Text;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Http;
using AceProxy.EngineSimulator.Playback;
using AceProxy.EngineSimulator.Sessions;

namespace AceProxy.EngineSimulator.Api;

/// <summary><c>/ace/m</c> playlists of a session and <c>/ace/c</c> segments of a content.</summary>
internal sealed class HlsEndpoints(Simulation simulation)
{
    /// <summary>Segments that are there as soon as a session is.</summary>
    private const int SegmentsAtStart = 3;

    private readonly SegmentMap _segments = new();

    public async ValueTask PlaylistAsync(HttpExchange exchange)
    {
        const string Extension = ".m3u8";
        var session = exchange.Request.Path.Split('/') is [_, _, _, var infohash, var file] && file.EndsWith(Extension, StringComparison.Ordinal)
            ? simulation.Sessions.ByAddress(infohash, file[..^Extension.Length])
            : null;
        if (session is { State: SessionState.Open })
        {
            var timing = session.Content.Script;
            await exchange.DelayAsync(session.OpenedAt + timing.OpenDelay + timing.PrebufferDelay - simulation.Time.GetUtcNow());
        }
        if (session is { State: SessionState.Superseded })
        {
            await exchange.ReplyTextAsync(403, "Forbidden");
            return;
        }
        if (session is not { State: SessionState.Open })
        {
            await exchange.ReplyNotFoundAsync();
            return;
        }
        if (session.Content.Script.PlaylistStartTimeout)
        {
            await exchange.ReplyTextAsync(500, "start timeout");
            return;
        }
        session.Touch(simulation.Time.GetUtcNow());
        await exchange.ReplyAsync(200, "application/vnd.apple.mpegurl", Encoding.UTF8.GetBytes(Playlist(exchange, session)));
    }

    public async ValueTask SegmentAsync(HttpExchange exchange)
    {
        var content = exchange.Request.Path.Split('/') is [_, _, _, var infohash, _] ? simulation.Contents.ByInfohash(infohash) : null;
        var session = content is null ? null : simulation.Sessions.OpenOf(content);
        var name = exchange.Request.Path.Split('/')[^1];
        if (session is null || !name.EndsWith(".ts", StringComparison.Ordinal)
            || !long.TryParse(name[..^3], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || First(session) + number > Last(session))
        {
            await exchange.ReplyTextAsync(500, "download not found");
            return;
        }
        session.Touch(simulation.Time.GetUtcNow());
        var script = session.Content.Script;
        var body = _segments.Read(script, First(session) + number);
        await exchange.SendHeadAsync(200, $"Content-Type: video/mp2t\r\nContent-Length: {body.Length}\r\nAccess-Control-Allow-Origin: *\r\n");
        var sent = script.TruncateSegments ? body.AsMemory(0, body.Length / 2) : body;
        await exchange.SendAsync(sent);
        session.CountBytes(sent.Length);
        simulation.Changes.Raise();
        if (script.TruncateSegments)
            exchange.CloseAfter = true;
    }

    private string Playlist(HttpExchange exchange, Session session)
    {
        var script = session.Content.Script;
        var (first, last) = (First(session), Last(session));
        var from = Math.Max(first, last - script.SegmentWindow + 1);
        var text = new StringBuilder("#EXTM3U\n#EXT-X-VERSION:3\n");
        var longest = script.SegmentDuration;
        var lines = new StringBuilder();
        for (var segment = from; segment <= last; segment++)
        {
            var duration = _segments.Start(script, segment + 1) - _segments.Start(script, segment);
            longest = duration > longest ? duration : longest;
            lines.Append(CultureInfo.InvariantCulture, $"#EXTINF:{duration.TotalSeconds:F6},\n");
            lines.Append(CultureInfo.InvariantCulture, $"http://{exchange.HostFor(script)}/ace/c/{session.Content.Infohash}/{segment - first}.ts\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-TARGETDURATION:{Math.Ceiling(longest.TotalSeconds)}\n");
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MEDIA-SEQUENCE:{from - first}\n");
        return text.Append(lines).ToString();
    }

    /// <summary>The session's segment 0, counted from the begin of the broadcast.</summary>
    private long First(Session session) => Math.Max(0, LastAt(session.Content.Script, session.OpenedAt) - SegmentsAtStart + 1);

    private long Last(Session session) => LastAt(session.Content.Script, simulation.Time.GetUtcNow());

    /// <summary>The last segment that is on the air to its end.</summary>
    private long LastAt(ContentScript script, DateTimeOffset moment)
    {
        var onAir = moment - script.OnAirSince;
        var segment = onAir.Ticks / script.SegmentDuration.Ticks;
        while (segment > 0 && _segments.Start(script, segment + 1) > onAir)
            segment--;
        return segment;
    }
}
