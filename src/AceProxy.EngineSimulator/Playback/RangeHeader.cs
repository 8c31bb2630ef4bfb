using System.Globalization;

namespace AceProxy.EngineSimulator.Playback;

/// <summary>One byte range, read as strictly as the engine does: an end past the file is an error, not the file's end.</summary>
internal static class RangeHeader
{
    private const string Unit = "bytes=";

    public static bool TryParse(string header, int length, out int start, out int end)
    {
        (start, end) = (0, length - 1);
        if (!header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase) || header[Unit.Length..].Split('-') is not [var first, var last])
            return false;
        if (first.Length == 0)
        {
            if (!TryNumber(last, out var suffix) || suffix == 0 || suffix > length)
                return false;
            start = length - suffix;
            return true;
        }
        if (!TryNumber(first, out start) || (last.Length > 0 && !TryNumber(last, out end)))
            return false;
        return start <= end && end < length;
    }

    // Digits only: a list of ranges has a comma in it, and is refused for that.
    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
