using AceProxy.MpegTs;

namespace AceProxy.Tests.MpegTs;

/// <summary>
/// Checks continuity counters as a receiver does (ISO/IEC 13818-1, 2.4.3.3), by rules written apart from the product's.
/// </summary>
internal static class Continuity
{
    public static List<string> Errors(ReadOnlySpan<byte> stream, params int[] ignorePids)
    {
        var last = new Dictionary<int, int>();
        var errors = new List<string>();
        for (var at = 0; at < stream.Length; at += TsPacket.Size)
        {
            var packet = stream.Slice(at, TsPacket.Size);
            var pid = ((packet[1] & 0x1F) << 8) | packet[2];
            var counter = packet[3] & 0x0F;
            var payload = (packet[3] & 0x10) != 0;
            var marked = (packet[3] & 0x20) != 0 && packet[4] > 0 && (packet[5] & 0x80) != 0;
            if (pid == TsPacket.NullPid || ignorePids.Contains(pid))
                continue;

            if (!marked && last.TryGetValue(pid, out var before) && counter != (payload ? (before + 1) & 0x0F : before))
                errors.Add($"packet {at / TsPacket.Size}, PID {pid}: {counter} after {before}");
            last[pid] = counter;
        }

        return errors;
    }
}
