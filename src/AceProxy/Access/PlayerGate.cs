using AceProxy.Access.Tokens;
using AceProxy.Content;

namespace AceProxy.Access;

/// <summary>Lets players in: what they ask for may be asked for, and where tokens are required they have one for it.</summary>
/// <remarks>
/// A token is for the content as it was asked for, without asking an engine: one for an id does not open the infohash that the id stands
/// for by that name. It can only ever open what its maker named.
/// </remarks>
internal sealed class PlayerGate(AccessOptions options, StreamTokens tokens)
{
    private static readonly Refusal NoToken = new(
        StatusCodes.Status401Unauthorized, "A token is needed", $"Add {StreamTokens.Parameter}=… to the address.", RefusalReason.NoToken,
        StreamTokens.Parameter);

    private static readonly Refusal WrongToken = new(
        StatusCodes.Status401Unauthorized, "The token does not fit", "It is not one for this content from this address.",
        RefusalReason.WrongToken, StreamTokens.Parameter);

    private static readonly Refusal ExpiredToken = new(
        StatusCodes.Status401Unauthorized, "The token has expired", "Its time is over; ask for another.", RefusalReason.ExpiredToken,
        StreamTokens.Parameter);

    /// <returns>Null: let in.</returns>
    public Refusal? Judge(HttpContext context)
    {
        bool mayAskForAnything = options is { AllowUrl: true, AllowMagnet: true };
        if (mayAskForAnything && !options.TokensRequired)
        {
            return null;
        }

        ContentSelector? selector = SelectorParser.Parse(context.Request.Query, out SelectorError? error);
        if (options.TokensRequired && JudgeToken(context, selector, error) is { } refusal)
        {
            return refusal;
        }

        return selector?.Kind switch
        {
            SelectorKind.Url when !options.AllowUrl => TurnedOff("url"),
            SelectorKind.Magnet when !options.AllowMagnet => TurnedOff("magnet"),
            _ => null, // what is malformed is refused behind this gate, in the usual words
        };
    }

    private Refusal? JudgeToken(HttpContext context, ContentSelector? selector, SelectorError? error)
    {
        string token = StreamTokens.Of(context.Request, out string ticket);
        if (token.Length == 0 && ticket.Length == 0)
        {
            return NoToken;
        }

        if (options.ViewerKeys.Contain(token))
        {
            return null;
        }

        if (selector is null)
        {
            // Without a content there is nothing that the token could be for, whatever lies behind.
            return new Refusal(
                StatusCodes.Status400BadRequest, "Malformed request", $"Parameter '{error!.Parameter}' {error.Problem}.",
                RefusalReason.NoContent, error.Parameter);
        }

        ContentKey content = ContentKey.AsAsked(selector);
        string address = ClientAddress.TextOf(context);
        return (token.Length > 0 ? tokens.Verify(token, content, address) : tokens.VerifyTicket(ticket, content, address)) switch
        {
            TokenVerdict.Valid => null,
            TokenVerdict.Expired => ExpiredToken,
            _ => WrongToken,
        };
    }

    private static Refusal TurnedOff(string parameter) => new(
        StatusCodes.Status403Forbidden, "Not allowed here", $"Parameter '{parameter}' is turned off; name the content by id or infohash.",
        RefusalReason.Selector, parameter);
}
