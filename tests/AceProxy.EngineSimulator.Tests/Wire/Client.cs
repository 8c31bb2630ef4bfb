using System.Text.Json.Nodes;
using AceProxy.EngineSimulator.Contents;

namespace AceProxy.EngineSimulator.Tests.Wire;

/// <summary>The steps a client takes from a content to its video.</summary>
internal static class Client
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task<JsonObject> JsonAsync(SimulatedEngine engine, string target) =>
        JsonNode.Parse(await RawConnection.GetTextAsync(engine, target))!.AsObject();

    public static async Task<Start> StartAsync(SimulatedEngine engine, string? pid = null, string? infohash = null, bool hls = false)
    {
        var path = hls ? "/ace/manifest.m3u8" : "/ace/getstream";
        var reply = await JsonAsync(engine, $"{path}?format=json&infohash={infohash ?? DemoContent.Infohash}{(pid is null ? "" : "&pid=" + pid)}");
        return new Start(Text("playback_url"), Text("stat_url"), Text("command_url"), Text("playback_session_id"));

        string Text(string name) => reply["response"]![name]!.GetValue<string>();
    }

    public static string PathOf(string url) => new Uri(url).PathAndQuery;

    public static async Task<string> ContentPathAsync(SimulatedEngine engine, Start start)
    {
        var (connection, head) = await RawConnection.GetAsync(engine, PathOf(start.PlaybackUrl));
        connection.Dispose();
        return PathOf(RawConnection.Header(head, "Location"));
    }

    public static async Task<(RawConnection Connection, string Head)> PlayAsync(SimulatedEngine engine, Start start, string headers = "") =>
        await RawConnection.GetAsync(engine, await ContentPathAsync(engine, start), headers);

    /// <summary>A reader that has had its first bytes.</summary>
    public static async Task<RawConnection> WatchAsync(SimulatedEngine engine, string? pid = null, string? infohash = null)
    {
        var (connection, _) = await PlayAsync(engine, await StartAsync(engine, pid, infohash));
        await connection.ReadChunkAsync();
        return connection;
    }
}
