namespace AceProxy.Content;

/// <summary>The one thing we need of a magnet link (BEP 9): the infohash in <c>xt=urn:btih:</c>, as 40 hex or 32 base32 digits.</summary>
internal static class MagnetLink
{
    private const string Prefix = "magnet:?";
    private const string Topic = "xt=urn:btih:";
    private const string Base32Alphabet = "abcdefghijklmnopqrstuvwxyz234567"; // RFC 4648, section 6

    public static bool TryGetInfohash(string link, out string infohash)
    {
        infohash = "";
        if (!link.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        foreach (string part in link[Prefix.Length..].Split('&'))
        {
            if (part.StartsWith(Topic, StringComparison.OrdinalIgnoreCase))
            {
                string digits = part[Topic.Length..].ToLowerInvariant();
                infohash = digits.Length == 32 ? FromBase32(digits) : digits;
                return infohash.Length == 40 && infohash.All(char.IsAsciiHexDigitLower);
            }
        }

        return false;
    }

    private static string FromBase32(string digits)
    {
        Span<byte> bytes = stackalloc byte[20];
        int bits = 0, count = 0, at = 0;
        foreach (char digit in digits)
        {
            int value = Base32Alphabet.IndexOf(digit, StringComparison.Ordinal);
            if (value < 0)
            {
                return "";
            }

            bits = ((bits << 5) | value) & 0xFFFF;
            count += 5;
            if (count >= 8)
            {
                count -= 8;
                bytes[at++] = (byte)(bits >> count);
            }
        }

        return Convert.ToHexStringLower(bytes);
    }
}
