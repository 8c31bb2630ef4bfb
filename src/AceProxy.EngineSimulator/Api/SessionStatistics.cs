using System.Globalization;
using System.Text.Json.Nodes;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Sessions;

namespace AceProxy.EngineSimulator.Api;

/// <summary>What <c>stat_url</c> says of a session: a function of its age and its script.</summary>
internal static class SessionStatistics
{
    private const long Piece = 16 * 1024;
    private const int SpeedKilobytes = 257;
    private const int WindowSeconds = 1800;

    public static JsonObject Describe(Session session, DateTimeOffset now)
    {
        var script = session.Content.Script;
        var age = now - session.OpenedAt;
        var progress = script.StatProgress;
        if (age < progress.Empty)
            return [];
        if (age < progress.Empty + progress.Idle)
            return Begin(session, script, "idle");
        var buffered = age - progress.Empty - progress.Idle;
        if (script.StatBehaviour == StatBehaviour.Dead || buffered < progress.Prebuffering)
        {
            var prebuffering = Begin(session, script, "prebuf");
            prebuffering["progress"] = script.StatBehaviour == StatBehaviour.Dead ? 0 : (int)(100 * buffered / progress.Prebuffering);
            return AddTransfer(prebuffering, script.StatBehaviour == StatBehaviour.Dead ? 0 : script.Peers, speed: 0, downloaded: 0);
        }
        return Downloading(session, script, buffered - progress.Prebuffering, now);
    }

    private static JsonObject Downloading(Session session, ContentScript script, TimeSpan running, DateTimeOffset now)
    {
        var seconds = (long)running.TotalSeconds;
        var behaviour = script.StatBehaviour;
        var withoutData = behaviour == StatBehaviour.PeersWithoutData;
        var bytes = behaviour switch
        {
            StatBehaviour.Frozen => 10 * SpeedKilobytes * 1024L,
            StatBehaviour.PeersWithoutData => 0,
            StatBehaviour.Regressing => (seconds % 2 == 0 ? seconds + 10 : seconds) * SpeedKilobytes * 1024L,
            _ => (seconds + 1) * SpeedKilobytes * 1024L,
        };
        var stat = Begin(session, script, "dl");
        AddTransfer(stat, script.Peers, withoutData ? 0 : SpeedKilobytes, bytes / Piece * Piece);
        if (script.Vod is null)
            stat["livepos"] = LivePosition(session, script, now);
        return stat;
    }

    private static JsonObject Begin(Session session, ContentScript script, string status) => new()
    {
        ["status"] = status,
        ["playback_session_id"] = session.Id,
        ["infohash"] = session.Content.Infohash,
        ["is_live"] = script.IsLive ?? (script.Vod is null ? 1 : 0),
        ["is_encrypted"] = script.IsEncrypted ? 1 : 0,
        ["client_session_id"] = -1,
        ["network_monitor_status"] = 0,
        ["network_monitor_started"] = false,
        ["debug_level"] = 0,
        ["selected_stream_index"] = 0,
        ["selected_file_index"] = -1,
        ["stream_status"] = -1,
        ["manifest_access_mode"] = -1,
        ["total_progress"] = 0,
    };

    private static JsonObject AddTransfer(JsonObject stat, int peers, int speed, long downloaded)
    {
        stat["peers"] = peers;
        stat["speed_down"] = speed;
        stat["speed_up"] = speed / 9;
        stat["downloaded"] = downloaded;
        stat["uploaded"] = downloaded / 9 / Piece * Piece;
        stat["disk_cache_stats"] = new JsonObject
        {
            ["avail"] = 3_199_156_224,
            ["disk_cache_limit"] = 2_266_017_044,
            ["inactive_inuse"] = 0,
            ["active_inuse"] = downloaded,
        };
        return stat;
    }

    private static JsonObject LivePosition(Session session, ContentScript script, DateTimeOffset now)
    {
        var opened = session.OpenedAt.ToUnixTimeSeconds();
        var head = script.StatBehaviour is StatBehaviour.Frozen or StatBehaviour.Looping or StatBehaviour.PeersWithoutData
            ? opened
            : now.ToUnixTimeSeconds();
        // A loop is played on and on within a window that no longer moves.
        var position = script.StatBehaviour == StatBehaviour.Looping ? head - 30 + (now.ToUnixTimeSeconds() - opened) % 30 : head;
        return new JsonObject
        {
            ["last"] = Value(head),
            ["live_first"] = Value(head - WindowSeconds),
            ["pos"] = Value(position),
            ["first_ts"] = Value(head - WindowSeconds),
            ["last_ts"] = Value(head),
            ["is_live"] = Value(1),
            ["live_last"] = Value(head),
            ["buffer_pieces"] = Value(30),
        };

        JsonNode Value(long number) => script.LivePosAsNumbers ? number : number.ToString(CultureInfo.InvariantCulture);
    }
}
