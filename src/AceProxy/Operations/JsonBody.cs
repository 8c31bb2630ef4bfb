using System.Text.Json;

namespace AceProxy.Operations;

/// <summary>The JSON body of a request to the API.</summary>
internal static class JsonBody
{
    /// <param name="use">Called with the body's root, which is gone when that is done.</param>
    public static async Task<IResult> UseAsync(HttpRequest request, Func<JsonElement, Task<IResult>> use)
    {
        if (!request.HasJsonContentType())
        {
            return AdminResults.Problem(StatusCodes.Status415UnsupportedMediaType, "Not JSON", "The Content-Type has to be application/json.");
        }

        JsonDocument body;
        try
        {
            body = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
        }
        catch (JsonException exception)
        {
            return AdminResults.Malformed("body", $"is not JSON: {exception.Message}");
        }
        catch (BadHttpRequestException exception)
        {
            return AdminResults.Problem(exception.StatusCode, "Malformed request", exception.Message); // too large, or cut short
        }

        using (body)
        {
            return await use(body.RootElement);
        }
    }
}
